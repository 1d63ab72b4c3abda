// Said by a bound of the runtime. The compiler shows where that is, in our source.
use inline_callbacks::succeed;

fn main() {
    succeed("8080").add_callback(|port| port.parse::<u32>()).detach();
}
