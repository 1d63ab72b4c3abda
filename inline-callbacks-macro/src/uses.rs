//! Which arguments a body only reads, as far as its text tells: where a variable is captured, and what could be wrong with that,
//! is not told in the words in which it is about a variable.
//!
//! So the answer is no wherever something else may happen to an argument: it is borrowed or assigned to, another variable has its
//! name, an unknown macro gets it, or there is a closure or a block that may capture it in turn.

use std::collections::HashSet;

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprPath, Macro, PatIdent};

use crate::ending::{is_assignment, name_of};
use crate::known;
use crate::parse::Code;

/// The names in a body.
#[derive(Default)]
pub(crate) struct Uses {
    read: HashSet<String>,
    /// To which something else may happen.
    other: HashSet<String>,
    captures: bool,
}

impl Uses {
    /// Looks for them. Of a body that does not parse nothing is known.
    pub(crate) fn of(code: &Code) -> Self {
        let mut uses = Self::default();
        if let Code::Statements(statements) = code {
            for statement in statements {
                uses.visit_stmt(statement);
            }
        }
        uses
    }

    /// Whether the body reads the argument of this name, and does nothing else with it.
    pub(crate) fn only_read(&self, name: &Ident) -> bool {
        let name = name.to_string();
        !self.captures && self.read.contains(&name) && !self.other.contains(&name)
    }

    /// Looks into the arguments of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut follows_borrow = false;
        while let Some(token) = tokens.next() {
            let is_borrowed = std::mem::take(&mut follows_borrow);
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(punct) => {
                    follows_borrow = punct.as_char() == '&';
                    self.captures |= punct.as_char() == '|';
                }
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    self.captures |= name == "async";
                    // `&mut name`, and `ref name` in a pattern.
                    follows_borrow = name == "mut" || name == "ref";
                    let names = if is_borrowed || tokens.peek().is_some_and(may_assign) {
                        &mut self.other
                    } else {
                        &mut self.read
                    };
                    names.insert(name);
                }
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn not_only_read(&mut self, expr: &Expr) {
        if let Expr::Path(path) = expr {
            self.other.extend(path.path.get_ident().map(Ident::to_string));
        }
    }
}

/// Whether an assignment may begin with this token behind a name. That a comparison does as well does no harm.
fn may_assign(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '=' || punct.spacing() == Spacing::Joint)
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            // What the rewriting has put in the place of a wait.
            Expr::Verbatim(tokens) => return self.tokens(tokens.clone()),
            Expr::Closure(_) | Expr::Async(_) => self.captures = true,
            Expr::Reference(borrow) => self.not_only_read(&borrow.expr),
            Expr::RawAddr(borrow) => self.not_only_read(&borrow.expr),
            Expr::Assign(assignment) => self.not_only_read(&assignment.left),
            Expr::Binary(binary) if is_assignment(binary.op) => self.not_only_read(&binary.left),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        self.read.extend(path.path.get_ident().map(Ident::to_string));
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let is_known = known::is_transparent(mac) || ["yield_", "return_value"].contains(&name_of(mac).as_str());
        self.captures |= !is_known;
        self.tokens(mac.tokens.clone());
    }

    fn visit_pat_ident(&mut self, binding: &'ast PatIdent) {
        self.captures |= binding.by_ref.is_some();
        self.other.insert(binding.ident.to_string());
        visit::visit_pat_ident(self, binding);
    }
}
