//! Rules: each is one small function, named after what it demands or finds, as its ui tests are.

/// Declares the rules of one kind and lists them. To add a rule, write its function here and its ui test.
macro_rules! rules {
    (
        $(#[$list_meta:meta])* $list:ident: $rule:ty;
        $($(#[$meta:meta])* fn $name:ident($($argument:ident: $ty:ty),*) $(-> $out:ty)? $body:block)*
    ) => {
        $(#[$list_meta])*
        pub(crate) const $list: &[(&str, $rule)] = &[$((stringify!($name), $name)),*];
        $($(#[$meta])* fn $name($($argument: $ty),*) $(-> $out)? $body)*
    };
}

pub(crate) use rules;
