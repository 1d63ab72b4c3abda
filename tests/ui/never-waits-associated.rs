#![deny(warnings)]
use inline_callbacks::prelude::*;

pub struct Client(u32);

impl Client {
    #[inline_callbacks]
    pub fn connect(port: u32) -> Deferred<Client> {
        Ok(Client(port))
    }
}

fn main() {}
