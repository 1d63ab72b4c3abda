//! Tokens become a function, or the reason why they are none. No opinions.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
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
}

/// A body that does not parse is handed on as it is: either the compiler has already said what is wrong with it, or it
/// understands more than we do.
pub(crate) enum Code {
    Statements(Vec<Stmt>),
    Tokens(TokenStream, syn::Error),
}

impl Code {
    /// All of it as it is written.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Self::Statements(statements) => quote!(#(#statements)*),
            Self::Tokens(tokens, _) => tokens.clone(),
        }
    }
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
        let tokens = braces.stream();
        let split = |input: ParseStream| Ok((Attribute::parse_inner(input)?, input.parse::<TokenStream>()?));
        let (inner_attrs, tokens) = split.parse2(tokens.clone()).unwrap_or((Vec::new(), tokens));
        let put_back = |statements: &mut Vec<Stmt>| statements.iter_mut().for_each(|it| PutBack.visit_stmt_mut(it));
        let code = match keyword::parse(Block::parse_within, tokens.clone(), put_back) {
            Ok(statements) => Code::Statements(statements),
            Err(error) => Code::Tokens(tokens, error),
        };
        Self { braces, inner_attrs, code }
    }
}

/// Reads the item below the attribute.
pub(crate) fn parse_function(args: TokenStream, item: TokenStream) -> Result<Function, NoFunction> {
    let parsed = (|input: ParseStream| read_function(args, input)).parse2(item.clone());
    match parsed {
        Ok(result) => result,
        Err(error) => match name_of_item(item) {
            Some(keyword) => Err(NoFunction::Other(keyword)),
            None => Err(NoFunction::Unreadable(error)),
        },
    }
}

fn read_function(args: TokenStream, input: ParseStream) -> syn::Result<Result<Function, NoFunction>> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    // `default` is also a name, so only `default fn` and its like are meant.
    let defaultness = if input.peek(Token![default]) && !input.peek2(Token![!]) { input.parse()? } else { None };
    let sig = input.parse()?;
    if input.peek(Token![;]) {
        return Ok(Err(NoFunction::WithoutBody(input.parse()?)));
    }
    let body = match input.parse()? {
        TokenTree::Group(body) => Body::read(uncover(body)),
        other => return Err(syn::Error::new(other.span(), "expected a body in braces")),
    };
    Ok(Ok(Function { args, attrs, vis, defaultness, sig, body }))
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
