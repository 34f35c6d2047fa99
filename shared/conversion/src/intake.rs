//! A network's way to send postbacks, ready to be used: which parameter says what, what its statuses mean,
//! and who may send.
//!
//! # Names
//! The template's names of a field come first, then the default ones, in this order; a default name that the
//! template gives to another field says only that. A paused template holds as long as a network names it:
//! without it, its secret and addresses would no longer be asked for.
//!
//! # Access
//! Addresses are compared as what they are: `::ffff:192.0.2.1` is 192.0.2.1. The secret is compared in
//! constant time. Neither is ever in a message or a payload.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use rust_decimal::Decimal;
use traffoflex_model::{
    AffiliateNetwork, ConversionStatus, Currency, DuplicateMode, NetworkId, PostbackField, PostbackTemplate,
    WorkspaceId,
};

use crate::{
    FieldError, RawFields, amount,
    normalise::MAX_EVENT_TYPE_CHARS,
    secret::CompiledSecret,
    status::{DEFAULT_WORD, StatusMap},
};

/// Payouts may be multiplied by no more.
const MAX_FACTOR: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// The names that a field has without a template.
pub fn default_names(field: PostbackField) -> &'static [&'static str] {
    match field {
        PostbackField::ClickId => &["click_id", "clickid", "cid", "subid", "sub_id", "cnv_id", "aff_sub"],
        PostbackField::TransactionId => &["transaction_id", "txid", "tx", "tid", "order_id", "action_id"],
        PostbackField::Payout => &["payout", "sum", "amount", "revenue"],
        PostbackField::Currency => &["currency"],
        PostbackField::EventType => &["event_type", "event", "et", "goal"],
        PostbackField::Status => &["status", "cnv_status"],
        PostbackField::Secret => &["secret", "token", "key"],
    }
}

/// Why a postback may not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the secret is missing or wrong")]
    Secret,
    #[error("the address is not among those that may send for this network")]
    Address,
}

#[derive(Clone)]
pub struct CompiledIntake {
    pub network_id: NetworkId,
    pub workspace_id: WorkspaceId,
    /// In `/pb/{slug}`.
    pub slug: String,
    pub name: String,
    pub duplicates: DuplicateMode,
    /// Of a postback that names none.
    pub currency: Currency,
    pub payout_factor: Decimal,
    /// The word of a postback that says no status.
    pub default_status: String,
    /// In lower case, maybe empty.
    pub default_event_type: String,
    pub required: Vec<PostbackField>,
    /// In lower case, by the order of [`PostbackField::ALL`].
    names: [Vec<String>; PostbackField::ALL.len()],
    statuses: StatusMap,
    secret: Option<CompiledSecret>,
    allowed: Vec<IpNet>,
}

impl CompiledIntake {
    /// Errors name the template's fields as its JSON does.
    pub fn compile(
        network: &AffiliateNetwork,
        template: Option<&PostbackTemplate>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let statuses = StatusMap::compile(template, &mut errors);
        let default_status =
            template.and_then(|t| t.default_status.as_deref()).unwrap_or(DEFAULT_WORD).trim().to_owned();
        if statuses.status(&default_status) == ConversionStatus::Unmapped {
            errors.push(FieldError::new("default_status", "stands for no status"));
        }
        let intake = Self {
            network_id: network.id.clone(),
            workspace_id: network.workspace_id.clone(),
            slug: network.slug.clone(),
            name: network.name.clone(),
            duplicates: template.map(|t| t.duplicates).unwrap_or_default(),
            currency: default_currency(template, &mut errors),
            payout_factor: factor(template, &mut errors),
            default_status,
            default_event_type: default_event_type(template, &mut errors),
            required: template.map(|t| t.required.clone()).unwrap_or_default(),
            names: names(template, &mut errors),
            statuses,
            secret: secret(template, &mut errors),
            allowed: addresses(template, &mut errors),
        };
        if errors.is_empty() { Ok(intake) } else { Err(errors) }
    }

    /// Names of the field in lower case, the first to look at first.
    pub fn names(&self, field: PostbackField) -> &[String] {
        &self.names[index(field)]
    }

    pub fn statuses(&self) -> &StatusMap {
        &self.statuses
    }

    pub fn asks_for_secret(&self) -> bool {
        self.secret.is_some()
    }

    pub fn restricts_addresses(&self) -> bool {
        !self.allowed.is_empty()
    }

    pub fn access(&self, fields: &RawFields, ip: IpAddr) -> Result<(), Refusal> {
        self.address(ip)?;
        self.secret(fields)
    }

    pub fn address(&self, ip: IpAddr) -> Result<(), Refusal> {
        let ip = ip.to_canonical();
        let allowed = self.allowed.is_empty() || self.allowed.iter().any(|net| net.contains(&ip));
        if allowed { Ok(()) } else { Err(Refusal::Address) }
    }

    /// The first of the secret's names that has a value counts.
    pub fn secret(&self, fields: &RawFields) -> Result<(), Refusal> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let shown = self.names(PostbackField::Secret).iter().find_map(|name| fields.get(name));
        if secret.is(shown.unwrap_or_default()) { Ok(()) } else { Err(Refusal::Secret) }
    }

    /// Whether a parameter of this name holds the secret, or what another network would call so: it is never
    /// written down, also where no secret is asked for.
    pub fn is_secret(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        self.names(PostbackField::Secret).contains(&name)
    }
}

fn index(field: PostbackField) -> usize {
    PostbackField::ALL.iter().position(|known| *known == field).unwrap_or_default()
}

fn names(
    template: Option<&PostbackTemplate>,
    errors: &mut Vec<FieldError>,
) -> [Vec<String>; PostbackField::ALL.len()] {
    let entries = template.map(|template| template.fields.as_slice()).unwrap_or_default();
    let mut names: [Vec<String>; PostbackField::ALL.len()] = Default::default();
    for (at, entry) in entries.iter().enumerate() {
        for (nth, name) in entry.names.iter().enumerate() {
            let folded = name.trim().to_lowercase();
            if folded.is_empty() || name.len() > PostbackTemplate::MAX_WORD_BYTES {
                let error = format!("must have 1 to {} bytes", PostbackTemplate::MAX_WORD_BYTES);
                errors.push(FieldError::new(format!("fields[{at}].names[{nth}]"), error));
            } else if !names[index(entry.field)].contains(&folded) {
                names[index(entry.field)].push(folded);
            }
        }
    }
    let taken: HashSet<String> = names.iter().flatten().cloned().collect();
    for field in PostbackField::ALL {
        let free = default_names(field).iter().filter(|name| !taken.contains(**name));
        names[index(field)].extend(free.map(|name| (*name).to_owned()));
    }
    names
}

fn default_currency(template: Option<&PostbackTemplate>, errors: &mut Vec<FieldError>) -> Currency {
    let currency = template.map_or(Currency::USD, |template| template.currency);
    if amount::currency(currency.as_str()).is_none() {
        errors.push(FieldError::new("currency", "is not in ISO 4217"));
    }
    currency
}

fn factor(template: Option<&PostbackTemplate>, errors: &mut Vec<FieldError>) -> Decimal {
    let factor = template.map_or(Decimal::ONE, |template| template.payout_factor);
    if factor <= Decimal::ZERO || factor > MAX_FACTOR {
        errors.push(FieldError::new("payout_factor", format!("must be above 0 and at most {MAX_FACTOR}")));
    }
    factor
}

fn default_event_type(template: Option<&PostbackTemplate>, errors: &mut Vec<FieldError>) -> String {
    let event_type = template.and_then(|t| t.default_event_type.as_deref()).unwrap_or_default();
    let event_type = event_type.trim().to_lowercase();
    if event_type.chars().count() > MAX_EVENT_TYPE_CHARS || event_type.chars().any(char::is_control) {
        let error = format!("must have at most {MAX_EVENT_TYPE_CHARS} characters and none of control");
        errors.push(FieldError::new("default_event_type", error));
    }
    event_type
}

fn secret(template: Option<&PostbackTemplate>, errors: &mut Vec<FieldError>) -> Option<CompiledSecret> {
    let kept = template?.secret.as_ref()?;
    let compiled = CompiledSecret::compile(kept);
    if compiled.is_none() {
        errors.push(FieldError::new("secret", "its hash is damaged: set it anew"));
    }
    compiled
}

fn addresses(template: Option<&PostbackTemplate>, errors: &mut Vec<FieldError>) -> Vec<IpNet> {
    let texts = template.map(|template| template.allowed_ips.as_slice()).unwrap_or_default();
    let mut allowed = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let text = text.trim();
        let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        match net {
            Some(net) => allowed.push(canonical(net)),
            None => {
                let error = "must be an address or a CIDR, for example 192.0.2.0/24";
                errors.push(FieldError::new(format!("allowed_ips[{at}]"), error));
            }
        }
    }
    allowed
}

/// A range of IPv4-mapped addresses is that range of IPv4.
fn canonical(net: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    if let IpNet::V6(v6) = net
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(bits) = v6.prefix_len().checked_sub(MAPPED_BITS)
        && let Ok(v4) = Ipv4Net::new(v4, bits)
    {
        return IpNet::V4(v4);
    }
    net
}

#[cfg(test)]
pub(crate) mod tests;
