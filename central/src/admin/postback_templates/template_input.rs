//! A template as a client sends it, and everything that can be wrong with it at once.

use std::net::IpAddr;

use ipnet::IpNet;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use traffoflex_conversion::{
    CompiledIntake,
    normalise::MAX_EVENT_TYPE_CHARS,
    presets::{self, Preset},
    secret,
};
use traffoflex_model::{
    AffiliateNetwork, ConversionStatus, DuplicateMode, FieldNames, PostbackField, PostbackTemplate,
    SecretHash, Status, StatusWord,
};
use utoipa::ToSchema;

use crate::{
    access::WorkspaceApp,
    admin::{
        validate::Errors,
        word::{self, STATUSES, is_plain, name_of},
    },
    catalog::installation::random_bytes,
    error::ApiError,
};

/// Of a secret, in bytes.
const MAX_SECRET_BYTES: usize = 256;
/// Bounds of a payout factor, and its decimal places.
const MIN_FACTOR: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
const MAX_FACTOR: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
const MAX_FACTOR_SCALE: u32 = 6;

/// Words as they come: what they mean is checked field by field, not by the first that is wrong.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostbackTemplateInput {
    pub name: String,
    pub slug: String,
    #[serde(default)]
    pub status: Status,
    #[serde(default)]
    pub preset: Option<String>,
    #[serde(default)]
    pub fields: Vec<FieldInput>,
    #[serde(default)]
    pub statuses: Vec<StatusInput>,
    #[serde(default)]
    pub default_status: Option<String>,
    #[serde(default)]
    pub default_event_type: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<PostbackField>)]
    pub required: Vec<String>,
    #[serde(default)]
    pub allowed_ips: Vec<String>,
    #[serde(default = "usd")]
    pub currency: String,
    /// A decimal string.
    #[serde(default = "one")]
    pub payout_factor: String,
    #[serde(default = "default_duplicates")]
    #[schema(value_type = DuplicateMode)]
    pub duplicates: String,
    /// Goes in and never comes out. Missing: as it was; null: none.
    #[serde(default, skip_serializing_if = "SecretChange::never_comes_out")]
    #[schema(value_type = Option<String>)]
    pub secret: SecretChange,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldInput {
    #[schema(value_type = PostbackField)]
    pub field: String,
    pub names: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusInput {
    pub word: String,
    /// `lead`, `sale`, `rejected` or `hold`.
    pub status: String,
}

fn usd() -> String {
    "USD".to_owned()
}

fn one() -> String {
    "1".to_owned()
}

fn default_duplicates() -> String {
    name_of(DuplicateMode::default())
}

impl From<PostbackTemplate> for PostbackTemplateInput {
    fn from(template: PostbackTemplate) -> Self {
        let fields = template.fields.into_iter();
        let statuses = template.statuses.into_iter();
        Self {
            name: template.name,
            slug: template.slug,
            status: template.status,
            preset: template.preset,
            fields: fields.map(|f| FieldInput { field: name_of(f.field), names: f.names }).collect(),
            statuses: statuses.map(|s| StatusInput { word: s.word, status: name_of(s.status) }).collect(),
            default_status: template.default_status,
            default_event_type: template.default_event_type,
            required: template.required.into_iter().map(name_of).collect(),
            allowed_ips: template.allowed_ips,
            currency: template.currency.to_string(),
            payout_factor: template.payout_factor.to_string(),
            duplicates: name_of(template.duplicates),
            secret: SecretChange::Keep,
        }
    }
}

/// What a write does to the secret, which nobody can read back.
#[derive(Debug, Default)]
pub enum SecretChange {
    /// It is not named: as it was.
    #[default]
    Keep,
    /// `null`.
    Remove,
    Set(String),
    /// No text.
    Wrong,
}

impl<'de> Deserialize<'de> for SecretChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Remove,
            Value::String(secret) => Self::Set(secret),
            _ => Self::Wrong,
        })
    }
}

/// For the description alone, which leaves out what is never written.
impl Serialize for SecretChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl SecretChange {
    fn never_comes_out(&self) -> bool {
        true
    }

    fn check(&self, errors: &mut Errors) {
        let fits = match self {
            Self::Keep | Self::Remove => true,
            Self::Set(secret) => is_plain(secret, MAX_SECRET_BYTES),
            Self::Wrong => false,
        };
        if !fits {
            let rule = "no control characters and no blanks around it; null for none";
            errors.add("secret", format!("a text of 1 to {MAX_SECRET_BYTES} bytes, {rule}"));
        }
    }

    fn apply(self, before: Option<SecretHash>) -> Result<Option<SecretHash>, ApiError> {
        Ok(match self {
            Self::Keep | Self::Wrong => before,
            Self::Remove => None,
            Self::Set(secret) => {
                let salt = random_bytes::<16>().map_err(mongodb::error::Error::custom)?;
                Some(secret::hash(&secret, &salt))
            }
        })
    }
}

impl PostbackTemplateInput {
    /// `before` is the secret so far.
    pub fn check(
        self,
        app: &WorkspaceApp,
        id: &str,
        before: Option<SecretHash>,
        errors: &mut Errors,
    ) -> Result<PostbackTemplate, ApiError> {
        self.secret.check(errors);
        errors.name(&self.name);
        errors.slug(&self.slug);
        preset(errors, self.preset.as_deref());
        let fields = fields(&self.fields, errors);
        let statuses = statuses(&self.statuses, errors);
        plain_or_none(errors, "default_status", self.default_status.as_deref());
        event_type(errors, self.default_event_type.as_deref());
        let required = word::each_of(errors, "required", &self.required, &PostbackField::ALL);
        addresses(errors, &self.allowed_ips);
        let currency = errors.currency(&self.currency);
        let payout_factor = factor(errors, &self.payout_factor);
        let duplicates = word::one_of(errors, "duplicates", &self.duplicates, &DuplicateMode::ALL);
        let template = PostbackTemplate {
            id: id.into(),
            workspace_id: app.workspace_id.clone(),
            slug: self.slug,
            name: self.name,
            status: self.status,
            preset: self.preset,
            fields,
            statuses,
            default_status: self.default_status,
            default_event_type: self.default_event_type,
            required,
            secret: self.secret.apply(before)?,
            allowed_ips: self.allowed_ips,
            currency,
            payout_factor,
            duplicates: duplicates.unwrap_or_default(),
        };
        compiles(&template, errors);
        Ok(template)
    }
}

/// As nodes compile it, with any network: what they would refuse is not saved.
fn compiles(template: &PostbackTemplate, errors: &mut Errors) {
    let network = AffiliateNetwork {
        id: "".into(),
        workspace_id: template.workspace_id.clone(),
        slug: String::new(),
        name: String::new(),
        status: Status::Active,
        template_id: Some(template.id.clone()),
    };
    for found in CompiledIntake::compile(&network, Some(template)).err().into_iter().flatten() {
        errors.add_once(&found.field, found.error);
    }
}

/// It is only remembered, to know the network's macros by it.
fn preset(errors: &mut Errors, slug: Option<&str>) {
    let is_known = |slug: &str| matches!(presets::find(slug), Some(Preset::Network(_)));
    if slug.is_some_and(|slug| !is_known(slug)) {
        errors.add("preset", "there is no such preset");
    }
}

/// Each field once, with at least one name.
fn fields(given: &[FieldInput], errors: &mut Errors) -> Vec<FieldNames> {
    let mut read: Vec<FieldNames> = Vec::new();
    for (i, FieldInput { field, names }) in given.iter().enumerate() {
        if names.is_empty() || names.len() > PostbackTemplate::MAX_ENTRIES {
            errors.add(&format!("fields[{i}].names"), format!("1 to {}", PostbackTemplate::MAX_ENTRIES));
        }
        for (n, name) in names.iter().enumerate() {
            let at = format!("fields[{i}].names[{n}]");
            if !is_plain(name, PostbackTemplate::MAX_WORD_BYTES) {
                errors.add(&at, word_rule());
            } else if names[..n].iter().any(|other| same(other, name)) {
                errors.add(&at, "named twice");
            }
        }
        let at = format!("fields[{i}].field");
        match word::one_of(errors, &at, field, &PostbackField::ALL) {
            Some(field) if read.iter().any(|known| known.field == field) => errors.add(&at, "named twice"),
            Some(field) => read.push(FieldNames { field, names: names.clone() }),
            None => {}
        }
    }
    read
}

/// Each word once, whatever its case.
fn statuses(given: &[StatusInput], errors: &mut Errors) -> Vec<StatusWord> {
    if given.len() > PostbackTemplate::MAX_ENTRIES {
        errors.add("statuses", format!("at most {}", PostbackTemplate::MAX_ENTRIES));
        return Vec::new();
    }
    let mut read = Vec::with_capacity(given.len());
    for (i, StatusInput { word, status }) in given.iter().enumerate() {
        let at = format!("statuses[{i}].word");
        if !is_plain(word, PostbackTemplate::MAX_WORD_BYTES) {
            errors.add(&at, word_rule());
        } else if given[..i].iter().any(|other| same(&other.word, word)) {
            errors.add(&at, "named twice");
        }
        let status: Option<ConversionStatus> =
            word::one_of(errors, &format!("statuses[{i}].status"), status, &STATUSES);
        read.extend(status.map(|status| StatusWord { word: word.clone(), status }));
    }
    read
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

fn word_rule() -> String {
    format!("1 to {} bytes without control characters and blanks around it", PostbackTemplate::MAX_WORD_BYTES)
}

fn plain_or_none(errors: &mut Errors, field: &str, text: Option<&str>) {
    if text.is_some_and(|text| !is_plain(text, PostbackTemplate::MAX_WORD_BYTES)) {
        errors.add(field, word_rule());
    }
}

fn event_type(errors: &mut Errors, text: Option<&str>) {
    let fits = |text: &str| {
        is_plain(text, PostbackTemplate::MAX_WORD_BYTES) && text.chars().count() <= MAX_EVENT_TYPE_CHARS
    };
    if text.is_some_and(|text| !fits(text)) {
        errors.add("default_event_type", format!("1 to {MAX_EVENT_TYPE_CHARS} printable characters"));
    }
}

fn addresses(errors: &mut Errors, given: &[String]) {
    if given.len() > PostbackTemplate::MAX_ENTRIES {
        return errors.add("allowed_ips", format!("at most {}", PostbackTemplate::MAX_ENTRIES));
    }
    for (i, address) in given.iter().enumerate() {
        if address.parse::<IpNet>().is_err() && address.parse::<IpAddr>().is_err() {
            errors.add(&format!("allowed_ips[{i}]"), "an address or a CIDR, for example 192.0.2.0/24");
        }
    }
}

fn factor(errors: &mut Errors, text: &str) -> Decimal {
    let read = Decimal::from_str_exact(text.trim()).ok();
    let fits = |factor: &Decimal| {
        (MIN_FACTOR..=MAX_FACTOR).contains(factor) && factor.normalize().scale() <= MAX_FACTOR_SCALE
    };
    read.filter(fits).unwrap_or_else(|| {
        let rule =
            format!("a decimal string from {MIN_FACTOR} to {MAX_FACTOR}, {MAX_FACTOR_SCALE} places at most");
        errors.add("payout_factor", rule);
        Decimal::ONE
    })
}
