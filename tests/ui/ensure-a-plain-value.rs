// The compiler's own words: it shows the signature that asks for something else, which is the place that says why.
use inline_callbacks::ensure_deferred;

fn main() {
    let deferred = ensure_deferred("something");
    deferred.detach();
}
