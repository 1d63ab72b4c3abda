//! The two attributes, and the words in which messages about them differ.

/// Which attribute a function bears.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    InlineCallbacks,
    Generator,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::InlineCallbacks, Self::Generator];

    /// The name of the attribute.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InlineCallbacks => "inline_callbacks",
            Self::Generator => "generator",
        }
    }

    /// The attribute as it is written.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::InlineCallbacks => "`#[inline_callbacks]`",
            Self::Generator => "`#[generator]`",
        }
    }

    /// What messages call a marked function.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::InlineCallbacks => "an `#[inline_callbacks]` function",
            Self::Generator => "a `#[generator]` function",
        }
    }

    /// What a marked function returns.
    pub(crate) fn returned(self) -> &'static str {
        match self {
            Self::InlineCallbacks => "Deferred",
            Self::Generator => "Generator",
        }
    }

    /// What the body of a marked function does, as in "each method that waits".
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::InlineCallbacks => "waits",
            Self::Generator => "yields",
        }
    }

    /// One of two texts.
    pub(crate) fn choose<'a>(self, inline_callbacks: &'a str, generator: &'a str) -> &'a str {
        match self {
            Self::InlineCallbacks => inline_callbacks,
            Self::Generator => generator,
        }
    }
}
