//! What an entity must be before it is saved. All errors of a request at once, each with its path.

use traffoflex_model::{Currency, RuleNode, Target};
use traffoflex_routing::{macros::UrlTemplate, rule::CompiledRule};
use traffoflex_wire::error_body::FieldError;

use crate::{app::App, catalog::entity::Entity, error::ApiError};

const MAX_NAME_CHARS: usize = 200;
pub const MAX_SLUG_LEN: usize = 64;
/// Streams of a campaign, targets of a stream.
pub const MAX_STREAMS: usize = 200;
const MAX_TARGETS: usize = 200;
const MAX_WEIGHT: u32 = 1_000_000;

/// Gathers errors; paths are below a prefix such as `streams[0]`.
#[derive(Default)]
pub struct Errors {
    found: Vec<FieldError>,
    prefix: String,
}

impl Errors {
    pub fn add(&mut self, field: &str, error: impl Into<String>) {
        self.found.push(FieldError { field: format!("{}{field}", self.prefix), error: error.into() });
    }

    pub fn below(&mut self, prefix: &str) {
        self.prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
    }

    pub fn finish(self) -> Result<(), ApiError> {
        if self.found.is_empty() { Ok(()) } else { Err(ApiError::Validation(self.found)) }
    }

    pub fn name(&mut self, name: &str) {
        let chars = name.chars().count();
        if name.trim().is_empty() || chars > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            self.add("name", format!("1 to {MAX_NAME_CHARS} printable characters"));
        }
    }

    pub fn slug(&mut self, slug: &str) {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let starts = slug.as_bytes().first().is_some_and(|b| b.is_ascii_alphanumeric());
        if !starts || slug.len() > MAX_SLUG_LEN || !slug.bytes().all(legal) {
            self.add(
                "slug",
                format!("1 to {MAX_SLUG_LEN} of a-z, 0-9, '-' and '_', starting with a letter or digit"),
            );
        }
    }

    /// The code, when ISO 4217 lists it.
    pub fn currency(&mut self, code: &str) -> Currency {
        let listed = iso_currency::Currency::from_code(&code.to_uppercase()).is_some();
        match code.parse() {
            Ok(currency) if listed => currency,
            _ => {
                self.add("currency", "an ISO 4217 code, for example USD");
                Currency::USD
            }
        }
    }

    pub fn url(&mut self, url: &str) {
        match UrlTemplate::parse(url) {
            Err(error) => self.add("url", error.to_string()),
            Ok(template) if !template.unknown_macros().is_empty() => {
                let names: Vec<String> =
                    template.unknown_macros().iter().map(|name| format!("{{{name}}}")).collect();
                self.add("url", format!("unknown macro {}", names.join(", ")));
            }
            Ok(_) => {}
        }
    }

    pub fn referrer_policy(&mut self, policy: Option<&str>) {
        /// W3C Referrer Policy, section 3.
        const POLICIES: [&str; 8] = [
            "no-referrer",
            "no-referrer-when-downgrade",
            "same-origin",
            "origin",
            "strict-origin",
            "origin-when-cross-origin",
            "strict-origin-when-cross-origin",
            "unsafe-url",
        ];
        if policy.is_some_and(|policy| !POLICIES.contains(&policy)) {
            self.add("referrer_policy", format!("one of {}", POLICIES.join(", ")));
        }
    }

    pub fn rules(&mut self, rules: &RuleNode) {
        if let Err(error) = CompiledRule::compile(rules) {
            self.add(&format!("rules.{}", error.path), error.message);
        }
    }

    pub fn targets(&mut self, targets: &[Target]) {
        if targets.len() > MAX_TARGETS {
            return self.add("targets", format!("at most {MAX_TARGETS}"));
        }
        if targets.is_empty() {
            self.add("targets", "at least one");
        } else if targets.iter().all(|target| target.weight == 0) {
            self.add("targets", "at least one with a weight above 0");
        }
        for (i, target) in targets.iter().enumerate() {
            if target.weight > MAX_WEIGHT {
                self.add(&format!("targets[{i}].weight"), format!("0 to {MAX_WEIGHT}"));
            }
            if targets[..i].iter().any(|other| other.destination_id == target.destination_id) {
                self.add(&format!("targets[{i}].destination_id"), "named twice");
            }
        }
    }

    /// Each id, with its field, must exist in the workspace.
    pub async fn exist<T: Entity>(&mut self, app: &App, ids: &[(String, &str)]) -> Result<(), ApiError> {
        if ids.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&str> = ids.iter().map(|(_, id)| *id).collect();
        let missing = app.catalog.missing::<T>(&app.workspace_id, &wanted).await?;
        for (field, id) in ids {
            if missing.iter().any(|m| m == id) {
                self.add(field, "does not exist");
            }
        }
        Ok(())
    }
}
