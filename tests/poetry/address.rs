//! `[host:]port`.

use poetry::address::Address;

fn parsed(text: &str) -> Result<(String, u16), String> {
    text.parse().map(|address: Address| (address.host().to_owned(), address.port()))
}

#[test]
fn the_host_is_this_machine_unless_it_is_given() {
    assert_eq!(parsed("10000"), Ok(("127.0.0.1".to_owned(), 10000)));
    assert_eq!(parsed(":10000"), Ok(("127.0.0.1".to_owned(), 10000)));
    assert_eq!(parsed("poems.example:10000"), Ok(("poems.example".to_owned(), 10000)));
}

#[test]
fn an_ipv6_host_goes_in_brackets() {
    assert_eq!(parsed("[::1]:10000"), Ok(("::1".to_owned(), 10000)));
    assert_eq!(parsed("::1:10000"), Err("An IPv6 address goes in brackets: [::1]:10000".to_owned()));
    assert_eq!(parsed("[::1]"), Err("An IPv6 address is written [address]:port.".to_owned()));
    assert_eq!(parsed("[poems]:1"), Err("poems is not an IPv6 address.".to_owned()));
}

#[test]
fn a_port_is_a_number_from_1_to_65535() {
    for text in ["", "host:", "host:http", "+1", "1 ", "-1"] {
        assert_eq!(parsed(text), Err("Ports must be integers.".to_owned()), "{text:?}");
    }
    for text in ["0", "65536", "99999999999999999999"] {
        assert_eq!(parsed(text), Err("Ports are numbers from 1 to 65535.".to_owned()), "{text:?}");
    }
}

#[test]
fn an_address_is_shown_as_it_would_be_written() {
    for (text, shown) in [("10000", "127.0.0.1:10000"), ("a.b:1", "a.b:1"), ("[::1]:10000", "[::1]:10000")] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), shown);
    }
}
