//! Tokens become a function, or the reason why they are none. No opinions.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Block, Signature, Stmt, Token, Visibility};

use crate::keyword::{self, PutBack};

/// A function that bears the attribute.
pub(crate) struct Function {
    /// What is written in the attribute's parentheses.
    pub(crate) args: TokenStream,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

/// What stands between the braces of a body.
pub(crate) struct Body {
    /// The braces themselves, empty.
    pub(crate) braces: Group,
    /// `#![allow(..)]` and the like at its head.
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) code: Code,
    /// The same as it was written.
    pub(crate) written: TokenStream,
}

// These rooms run whenever a user's crate is compiled, and unoptimised, unless that asks for more. What costs is not the rules,
// but tokens that are read, copied or printed once more than they have to be.

/// A body that does not parse is handed on as it is: either the compiler has already said what is wrong with it, or it
/// understands more than we do.
pub(crate) enum Code {
    Statements(Vec<Stmt>),
    Tokens(TokenStream, syn::Error),
}

/// Why there is no function.
pub(crate) enum NoFunction {
    /// Something else, as this token at its start tells.
    Other(TokenTree),
    /// A method of a trait that ends with this semicolon.
    WithoutBody(Token![;]),
    /// A signature that cannot be read.
    Unreadable(syn::Error),
}

impl Body {
    pub(crate) fn closing_brace(&self) -> Span {
        self.braces.span_close()
    }

    /// Reads the inside of a body, with these braces around it.
    pub(crate) fn read(braces: Group) -> Self {
        let (inner_attrs, tokens) = split_inner_attrs(braces.stream());
        let put_back = |statements: &mut Vec<Stmt>, putting: &mut PutBack| {
            for statement in statements {
                putting.visit_stmt_mut(statement);
            }
        };
        let code = match keyword::parse(Block::parse_within, tokens.clone(), put_back) {
            Ok(statements) => Code::Statements(statements),
            Err(error) => Code::Tokens(tokens.clone(), error),
        };
        Self { braces, inner_attrs, code, written: tokens }
    }
}

/// Takes `#![allow(..)]` and the like off the head of a body. Few have one, and reading what has none would copy it.
fn split_inner_attrs(tokens: TokenStream) -> (Vec<Attribute>, TokenStream) {
    let begins_with_attribute =
        matches!(tokens.clone().into_iter().next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
    if !begins_with_attribute {
        return (Vec::new(), tokens);
    }
    let split = |input: ParseStream| Ok((Attribute::parse_inner(input)?, input.parse::<TokenStream>()?));
    split.parse2(tokens.clone()).unwrap_or((Vec::new(), tokens))
}

/// Reads the item below the attribute.
pub(crate) fn parse_function(args: TokenStream, item: TokenStream) -> Result<Function, NoFunction> {
    let (head, body) = split_body(item.clone());
    match (|input: ParseStream| read_function(args, body, input)).parse2(head) {
        Ok(result) => result,
        Err(error) => match name_of_item(item.clone()) {
            Some(keyword) => Err(NoFunction::Other(keyword)),
            // Where a signature ends too early, the token in the way is that of the body.
            None => Err(NoFunction::Unreadable(read_all.parse2(item).err().unwrap_or(error))),
        },
    }
}

/// Takes off the body, which is read on its own: as a part of the item it would be copied first.
fn split_body(item: TokenStream) -> (TokenStream, Option<Group>) {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let is_body = |last: &mut TokenTree| matches!(last, TokenTree::Group(group) if matches!(group.delimiter(), Delimiter::Brace | Delimiter::None));
    let body = match tokens.pop_if(is_body) {
        Some(TokenTree::Group(body)) => Some(body),
        _ => None,
    };
    (tokens.into_iter().collect(), body)
}

fn read_function(
    args: TokenStream,
    body: Option<Group>,
    input: ParseStream,
) -> syn::Result<Result<Function, NoFunction>> {
    let Head { attrs, vis, defaultness, sig } = read_head(input)?;
    if input.peek(Token![;]) {
        return Ok(Err(NoFunction::WithoutBody(input.parse()?)));
    }
    let body = match body.filter(|_| input.is_empty()) {
        Some(body) => Body::read(uncover(body)),
        None => return Err(input.error("expected a body in braces")),
    };
    Ok(Ok(Function { args, attrs, vis, defaultness, sig, body }))
}

/// All of a function that comes before its body.
struct Head {
    attrs: Vec<Attribute>,
    vis: Visibility,
    defaultness: Option<Token![default]>,
    sig: Signature,
}

fn read_head(input: ParseStream) -> syn::Result<Head> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    // `default` is also a name, so only `default fn` and its like are meant.
    let defaultness = if input.peek(Token![default]) && !input.peek2(Token![!]) { input.parse()? } else { None };
    Ok(Head { attrs, vis, defaultness, sig: input.parse()? })
}

/// Reads the head with the body behind it, and whatever else may be there.
fn read_all(input: ParseStream) -> syn::Result<()> {
    read_head(input)?;
    match input.parse()? {
        TokenTree::Group(_) => Ok(()),
        other => Err(syn::Error::new(other.span(), "expected a body in braces")),
    }
}

/// A body that a macro passed on as `$body:block` comes in an invisible group.
fn uncover(group: Group) -> Group {
    let mut inside = group.stream().into_iter();
    match (group.delimiter(), inside.next(), inside.next()) {
        (Delimiter::None, Some(TokenTree::Group(inner)), None) => uncover(inner),
        _ => group,
    }
}

/// The keyword that says what an item is, if it is not a function.
fn name_of_item(item: TokenStream) -> Option<TokenTree> {
    const QUALIFIERS: [&str; 8] = ["pub", "default", "unsafe", "safe", "async", "auto", "const", "extern"];
    let mut keyword = None;
    for token in item {
        let TokenTree::Ident(ident) = &token else {
            continue;
        };
        let ident = ident.to_string();
        if ident == "fn" {
            return None;
        }
        // `const` and `extern` are items of their own unless another keyword follows.
        if matches!(ident.as_str(), "const" | "extern") {
            keyword.get_or_insert(token);
        } else if !QUALIFIERS.contains(&ident.as_str()) {
            return Some(if is_item(&ident) { token } else { keyword.unwrap_or(token) });
        }
    }
    keyword
}

/// Whether items of another kind than functions begin with this word.
pub(crate) fn is_item(keyword: &str) -> bool {
    const ITEMS: [&str; 10] =
        ["struct", "enum", "union", "trait", "impl", "mod", "type", "static", "use", "macro_rules"];
    ITEMS.contains(&keyword)
}
