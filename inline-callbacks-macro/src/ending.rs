//! How a body ends, as far as its text tells.

use syn::{Block, Expr, Macro, Stmt};

/// Macros that give `()`.
const PRINTING: [&str; 9] =
    ["println", "print", "eprintln", "eprint", "assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq"];

/// Macros that never go on.
const DIVERGING: [&str; 5] = ["return_value", "panic", "todo", "unimplemented", "unreachable"];

/// The last segment of the path of a macro.
pub(crate) fn name_of(mac: &Macro) -> String {
    mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// The expression that gives the body its value, if there is one and it is not surely `()` or surely without end.
pub(crate) fn tail(statements: &[Stmt]) -> Option<&Expr> {
    match statements.last()? {
        Stmt::Expr(expr, None) if !is_unit(expr) && !diverges(expr) => Some(expr),
        _ => None,
    }
}

/// Whether the last statement is a macro in braces, which may stand for a tail or for a statement.
pub(crate) fn ends_in_braced_macro(statements: &[Stmt]) -> bool {
    match statements.last() {
        Some(Stmt::Macro(last)) => {
            last.semi_token.is_none() && !is_unit_macro(&last.mac) && !diverging_macro(&last.mac)
        }
        _ => false,
    }
}

/// Whether these statements surely reach their end. A guess on the safe side: a call may never return, so after one this
/// says no.
pub(crate) fn goes_on(statements: &[Stmt]) -> bool {
    let last_goes_on = match statements.last() {
        None | Some(Stmt::Item(_) | Stmt::Local(_)) => true,
        Some(Stmt::Macro(last)) => is_unit_macro(&last.mac) || name_of(&last.mac) == "yield_",
        Some(Stmt::Expr(expr, _)) => is_unit(expr) || matches!(expr, Expr::Try(_) | Expr::Await(_) | Expr::Verbatim(_)),
    };
    last_goes_on && !ends_elsewhere(statements)
}

/// Whether these statements surely never reach their end.
pub(crate) fn ends_elsewhere(statements: &[Stmt]) -> bool {
    statements.iter().any(|statement| match statement {
        Stmt::Expr(expr, _) => diverges(expr),
        Stmt::Macro(call) => diverging_macro(&call.mac),
        Stmt::Local(local) => local.init.as_ref().is_some_and(|init| diverges(&init.expr)),
        Stmt::Item(_) => false,
    })
}

/// Whether it is a call of `Ok` or `Err`, and so a result of the body as it stands.
pub(crate) fn is_result(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(function) = &*call.func else {
        return false;
    };
    function.path.segments.last().is_some_and(|last| last.ident == "Ok" || last.ident == "Err")
}

/// Whether it surely is `()`.
fn is_unit(expr: &Expr) -> bool {
    match expr {
        // One with a value and without an `else` is a mistake for the compiler to tell.
        Expr::If(branch) => branch.else_branch.is_none() && tail(&branch.then_branch.stmts).is_none(),
        Expr::While(_) | Expr::ForLoop(_) | Expr::Assign(_) => true,
        Expr::Binary(binary) => is_assignment(binary.op),
        Expr::Macro(call) => is_unit_macro(&call.mac),
        _ => false,
    }
}

/// Whether it is `+=` or its like.
pub(crate) fn is_assignment(op: syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// Whether it surely never gives a value.
pub(crate) fn diverges(expr: &Expr) -> bool {
    match expr {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Macro(call) => diverging_macro(&call.mac),
        Expr::Block(block) => block.label.is_none() && block_diverges(&block.block),
        Expr::Unsafe(block) => block_diverges(&block.block),
        Expr::Loop(endless) => !mentions_break(endless),
        Expr::If(branch) => {
            block_diverges(&branch.then_branch) && branch.else_branch.as_ref().is_some_and(|(_, other)| diverges(other))
        }
        Expr::Match(choice) => !choice.arms.is_empty() && choice.arms.iter().all(|arm| diverges(&arm.body)),
        Expr::Group(group) => diverges(&group.expr),
        Expr::Paren(paren) => diverges(&paren.expr),
        _ => false,
    }
}

fn block_diverges(block: &Block) -> bool {
    ends_elsewhere(&block.stmts)
}

/// Whether there is one statement only, which never gives a value, as in `todo!()`.
pub(crate) fn only_diverges(statements: &[Stmt]) -> bool {
    let is_return = |name: &str| name == "return_value";
    match statements {
        [Stmt::Expr(Expr::Macro(call), _)] => diverging_macro(&call.mac) && !is_return(&name_of(&call.mac)),
        [Stmt::Macro(call)] => diverging_macro(&call.mac) && !is_return(&name_of(&call.mac)),
        _ => false,
    }
}

/// Any `break`, even one of an inner loop, is taken for one that leaves this loop.
fn mentions_break(endless: &syn::ExprLoop) -> bool {
    fn look(tokens: proc_macro2::TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Group(group) => look(group.stream()),
            proc_macro2::TokenTree::Ident(ident) => ident == "break",
            _ => false,
        })
    }
    look(quote::ToTokens::to_token_stream(&endless.body))
}

fn is_unit_macro(mac: &Macro) -> bool {
    PRINTING.contains(&name_of(mac).as_str())
}

fn diverging_macro(mac: &Macro) -> bool {
    DIVERGING.contains(&name_of(mac).as_str())
}
