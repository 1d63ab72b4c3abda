// Four mistakes, which are one: each way of firing takes the trigger away.
use inline_callbacks::prelude::*;

fn callback_after_callback(trigger: Trigger<u32>) {
    trigger.callback(1);
    trigger.callback(2);
}

fn errback_after_callback(trigger: Trigger<u32>) {
    trigger.callback(1);
    trigger.errback(Failure::msg("no"));
}

fn callback_after_errback(trigger: Trigger<u32>) {
    trigger.errback(Failure::msg("no"));
    trigger.callback(2);
}

fn errback_after_errback(trigger: Trigger<u32>) {
    trigger.errback(Failure::msg("no"));
    trigger.errback(Failure::msg("neither"));
}

fn main() {}
