// Said by a bound of the runtime. The compiler shows where that is, in our source.
use inline_callbacks::succeed;

fn main() {
    succeed(1).add_callback(async |poem: u32| Ok(poem)).detach();
}
