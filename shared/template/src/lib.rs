//! Texts with macros: `{name}`, `{name|default}`, `{raw:name}`. Which names there are, and what they stand
//! for, is the user's affair: [`MacroName`] and [`MacroValues`]; what can be said of a click is [`ClickMacro`]. Pure.

mod body_template;
mod click_macro;
mod part;
mod unreplaced;
mod url_template;

pub use body_template::{BodyFormat, BodyTemplate};
pub use click_macro::ClickMacro;
pub use part::SyntaxError;
pub use unreplaced::holds_macro;
pub use url_template::{MAX_RENDERED_BYTES, MAX_TEMPLATE_BYTES, TemplateError, UrlTemplate};

/// A closed set of names.
pub trait MacroName: Sized {
    /// The macro of this name.
    fn parse(name: &str) -> Option<Self>;
}

/// What macros are filled from.
pub trait MacroValues<N> {
    /// Calls `take` with the value, which is empty when nothing is known.
    fn with_value(&self, name: &N, take: impl FnOnce(&str));
}
