//! What a request's failure says.

use std::error::Error;

/// The first cause of all: the ones above it repeat it, or the URL.
pub fn deepest(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| (**error).source());
    causes.last().map(ToString::to_string).unwrap_or_else(|| "for no known reason".to_owned())
}
