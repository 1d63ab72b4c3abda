//! Operands in which there is nothing to find: calls, fields and names, as most are. One that is known to be no more need not be
//! parsed, and printed again: for the compiler of a user's crate that is a fifth of all that the macro costs.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

type Tokens = std::iter::Peekable<proc_macro2::token_stream::IntoIter>;

/// Whether the tokens surely are one expression of names, literals, fields, calls and methods: `self.proxy.get(address, 1)`.
pub(crate) fn is_plain(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    read(&mut tokens) && tokens.next().is_none()
}

/// Takes one such expression off the front.
fn read(tokens: &mut Tokens) -> bool {
    let begins = match tokens.next() {
        Some(TokenTree::Ident(word)) => !is_keyword(&word.to_string()) && read_path(tokens),
        Some(TokenTree::Literal(_)) => true,
        _ => false,
    };
    begins && read_rest(tokens)
}

/// `::b::c` behind `a`
fn read_path(tokens: &mut Tokens) -> bool {
    while next_if_punct(tokens, ':') {
        let goes_on = next_if_punct(tokens, ':') && is_name(tokens.next());
        if !goes_on {
            return false;
        }
    }
    true
}

/// `.field`, `(arguments)`, in any number. What else may follow is left there.
fn read_rest(tokens: &mut Tokens) -> bool {
    loop {
        if next_if_punct(tokens, '.') {
            if !is_name(tokens.next()) {
                return false;
            }
        } else if let Some(TokenTree::Group(group)) = tokens.next_if(is_parenthesized) {
            if !are_arguments(group.stream()) {
                return false;
            }
        } else {
            return true;
        }
    }
}

fn are_arguments(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        if !read(&mut tokens) || (tokens.peek().is_some() && !next_if_punct(&mut tokens, ',')) {
            return false;
        }
    }
    true
}

fn is_parenthesized(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

fn is_name(token: Option<TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if !is_keyword(&word.to_string()))
}

fn next_if_punct(tokens: &mut Tokens, wanted: char) -> bool {
    tokens.next_if(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)).is_some()
}

/// Whether something else than a name may begin with this word. Those for paths are none of these.
fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 36] = [
        "_", "abstract", "as", "async", "await", "become", "box", "break", "builtin", "const", "continue", "do", "dyn",
        "else", "enum", "extern", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
        "pub", "ref", "return", "static", "try", "unsafe", "while", "yield",
    ];
    KEYWORDS.contains(&word)
}
