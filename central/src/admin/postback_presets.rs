//! The postback URL that is pasted into a network.

use traffoflex_conversion::CompiledIntake;
use traffoflex_model::{AffiliateNetwork, PostbackField, PostbackTemplate};

/// In the order in which people look for them.
const SHOWN: [PostbackField; 6] = [
    PostbackField::ClickId,
    PostbackField::TransactionId,
    PostbackField::Payout,
    PostbackField::Currency,
    PostbackField::Status,
    PostbackField::EventType,
];

/// Path and query, with the name of each field where the network's own macro goes.
pub fn postback_path(network: &AffiliateNetwork, template: Option<&PostbackTemplate>) -> String {
    let pairs = match CompiledIntake::compile(network, template) {
        Ok(intake) => pairs(&intake),
        // What is saved compiles; another version of this program may have saved it.
        Err(_) => String::new(),
    };
    format!("/pb/{}?{pairs}", network.slug)
}

fn pairs(intake: &CompiledIntake) -> String {
    let secret = intake.asks_for_secret().then_some(PostbackField::Secret);
    let pair = |field: PostbackField| {
        let name = intake.names(field).first()?;
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        Some(format!("{name}={{{}}}", field.as_str()))
    };
    SHOWN.into_iter().chain(secret).filter_map(pair).collect::<Vec<String>>().join("&")
}
