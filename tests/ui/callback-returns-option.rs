// Said by a bound of the runtime. The compiler shows where that is, in our source.
use inline_callbacks::succeed;

fn main() {
    succeed(vec![1]).add_callback(|ports: Vec<u32>| ports.first().copied()).detach();
}
