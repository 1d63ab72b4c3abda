// Said by a bound of the runtime. The compiler shows where that is, in our source.
use inline_callbacks::succeed;

fn main() {
    succeed(1).add_errback(|_| 0).detach();
}
