use inline_callbacks::prelude::*;

struct Tree(Vec<u32>);

impl Tree {
    #[generator]
    fn leaves(&self) -> Generator<u32> {
        for leaf in &self.0 {
            yield_!(*leaf);
        }
    }
}

fn main() {
    let _ = Tree(vec![1]).leaves().next();
}
