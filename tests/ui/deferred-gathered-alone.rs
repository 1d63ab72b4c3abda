// Said by a bound of the runtime, once for the argument and once for the result. The compiler shows where that is, in our source.
use inline_callbacks::{gather_results, succeed};

fn main() {
    gather_results(succeed(1)).detach();
}
