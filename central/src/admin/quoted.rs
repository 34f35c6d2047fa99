//! What is wrong with a message or a postback quotes it, amounts included: where money is not shown, only the field is.

use traffoflex_wire::error_body::FieldError;

use crate::access::WorkspaceApp;

const HIDDEN: &str = "not shown: it may quote an amount";

pub fn text(app: &WorkspaceApp, error: String) -> String {
    if app.caller.masks_money && !error.is_empty() { HIDDEN.to_owned() } else { error }
}

pub fn errors(app: &WorkspaceApp, errors: Vec<FieldError>) -> Vec<FieldError> {
    errors
        .into_iter()
        .map(|FieldError { field, error }| FieldError { field, error: text(app, error) })
        .collect()
}
