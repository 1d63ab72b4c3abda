use inline_callbacks::ensure_deferred;

fn main() {
    let deferred = ensure_deferred("something");
    deferred.detach();
}
