//! Addresses as people write them: `[host:]port`.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The host when only a port is given.
const THIS_MACHINE: &str = "127.0.0.1";

/// A host, by name or number, and a port; written `10000`, `poems.example:10000` or `[::1]:10000`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address { host: address.ip().to_string(), port: address.port() }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => split_brackets(rest)?,
            None => text.rsplit_once(':').unwrap_or(("", text)),
        };
        if host.contains(':') && !text.starts_with('[') {
            return Err(format!("An IPv6 address goes in brackets: [{host}]:{port}"));
        }
        let host = if host.is_empty() { THIS_MACHINE } else { host };
        Ok(Address { host: host.to_owned(), port: parse_port(port)? })
    }
}

/// The host and the port of what follows an opening bracket.
fn split_brackets(text: &str) -> Result<(&str, &str), String> {
    let (host, port) = text.split_once("]:").ok_or("An IPv6 address is written [address]:port.")?;
    host.parse::<Ipv6Addr>().map_err(|_| format!("{host} is not an IPv6 address."))?;
    Ok((host, port))
}

fn parse_port(text: &str) -> Result<u16, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("Ports must be integers.".to_owned());
    }
    match text.parse() {
        Ok(0) | Err(_) => Err("Ports are numbers from 1 to 65535.".to_owned()),
        Ok(port) => Ok(port),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
