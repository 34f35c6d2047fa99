use super::Dimension;

/// The host of the referring page, without `www.`.
pub const DIMENSION: Dimension = Dimension {
    name: "referrer",
    title: "Referrer",
    aliases: &["referrer_domain"],
    of_click: "domainWithoutWWW(c.referrer)",
    of_conversion: "domainWithoutWWW(c.referrer)",
    click_columns: &["referrer"],
    ..Dimension::TEXT
};
