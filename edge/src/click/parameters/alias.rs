//! Names that sources use for our fields, in the contract's order.

/// A field that a parameter can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    SourceClickId,
    Cost,
    Currency,
    SourceId,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmContent,
    UtmTerm,
    /// 1 to 10.
    Sub(u8),
}

const SUBS: u8 = 10;
/// Fields before the subs.
const NAMED: [Field; 9] = [
    Field::SourceClickId,
    Field::Cost,
    Field::Currency,
    Field::SourceId,
    Field::UtmSource,
    Field::UtmMedium,
    Field::UtmCampaign,
    Field::UtmContent,
    Field::UtmTerm,
];
pub const FIELDS: usize = NAMED.len() + SUBS as usize;

const SOURCE_CLICK_ID: [&str; 13] = [
    "clickid",
    "click_id",
    "external_click_id",
    "external_id",
    "externalid",
    "source_click_id",
    "cid",
    "sclid",
    "fbclid",
    "gclid",
    "ttclid",
    "yclid",
    "msclkid",
];
const COST: [&str; 5] = ["cost", "cpc", "price", "bid", "spend"];
const SOURCE_ID: [&str; 3] = ["source_id", "source", "campaign"];

impl Field {
    pub fn all() -> impl Iterator<Item = Field> {
        NAMED.into_iter().chain((1..=SUBS).map(Field::Sub))
    }

    pub fn index(self) -> usize {
        match self {
            Self::SourceClickId => 0,
            Self::Cost => 1,
            Self::Currency => 2,
            Self::SourceId => 3,
            Self::UtmSource => 4,
            Self::UtmMedium => 5,
            Self::UtmCampaign => 6,
            Self::UtmContent => 7,
            Self::UtmTerm => 8,
            Self::Sub(n) => NAMED.len() + usize::from(n) - 1,
        }
    }

    pub fn name(self) -> String {
        match self {
            Self::SourceClickId => "source_click_id".into(),
            Self::SourceId => "source_id".into(),
            Self::Sub(n) => format!("sub{n}"),
            other => name_of(other, 0),
        }
    }
}

/// The field a lower-case name stands for, and its place in the order.
pub fn field_of(name: &str) -> Option<(Field, u8)> {
    let place = |names: &[&str]| names.iter().position(|n| *n == name).map(|i| i as u8);
    match name {
        "currency" => return Some((Field::Currency, 0)),
        "utm_source" => return Some((Field::UtmSource, 0)),
        "utm_medium" => return Some((Field::UtmMedium, 0)),
        "utm_campaign" => return Some((Field::UtmCampaign, 0)),
        "utm_content" => return Some((Field::UtmContent, 0)),
        "utm_term" => return Some((Field::UtmTerm, 0)),
        "aff_sub" => return Some((Field::Sub(1), 3)),
        _ => {}
    }
    // sub1..10, s1..10, sub_id_1..10, aff_sub2..5.
    for (prefix, rank, from, to) in
        [("sub_id_", 2, 1, SUBS), ("sub", 0, 1, SUBS), ("s", 1, 1, SUBS), ("aff_sub", 3, 2, 5)]
    {
        if let Some(n) = name.strip_prefix(prefix).and_then(number)
            && (from..=to).contains(&n)
        {
            return Some((Field::Sub(n), rank));
        }
    }
    place(&SOURCE_CLICK_ID)
        .map(|rank| (Field::SourceClickId, rank))
        .or_else(|| place(&COST).map(|rank| (Field::Cost, rank)))
        .or_else(|| place(&SOURCE_ID).map(|rank| (Field::SourceId, rank)))
}

/// The name at a place of the order: the inverse of [`field_of`].
pub fn name_of(field: Field, rank: u8) -> String {
    let at = |names: &[&str]| names.get(usize::from(rank)).copied().unwrap_or_default().to_owned();
    match (field, rank) {
        (Field::SourceClickId, _) => at(&SOURCE_CLICK_ID),
        (Field::Cost, _) => at(&COST),
        (Field::SourceId, _) => at(&SOURCE_ID),
        (Field::Currency, _) => "currency".into(),
        (Field::UtmSource, _) => "utm_source".into(),
        (Field::UtmMedium, _) => "utm_medium".into(),
        (Field::UtmCampaign, _) => "utm_campaign".into(),
        (Field::UtmContent, _) => "utm_content".into(),
        (Field::UtmTerm, _) => "utm_term".into(),
        (Field::Sub(n), 0) => format!("sub{n}"),
        (Field::Sub(n), 1) => format!("s{n}"),
        (Field::Sub(n), 2) => format!("sub_id_{n}"),
        (Field::Sub(1), _) => "aff_sub".into(),
        (Field::Sub(n), _) => format!("aff_sub{n}"),
    }
}

/// Digits without sign or leading zero.
fn number(text: &str) -> Option<u8> {
    let plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
