use proptest::prelude::*;

use super::*;

const NOW_MS: i64 = 1_800_000_000_000;

fn key(id: u32) -> LinkKey {
    LinkKey { id, key: [id as u8; 32] }
}

fn links() -> impl Strategy<Value = Link> {
    let subs = proptest::collection::vec("\\PC{0,12}", SUBS);
    let expiry = proptest::option::of(NOW_MS + 1..i64::MAX);
    let nonce = proptest::option::of(any::<[u8; NONCE_BYTES]>());
    ("[a-z0-9]{1,20}", "[A-Z0-9]{0,26}", "[A-Z0-9]{0,26}", subs, expiry, nonce).prop_map(
        |(campaign, stream_id, destination_id, subs, expires_at_ms, nonce)| Link {
            campaign,
            stream_id,
            destination_id,
            subs: subs.try_into().unwrap(),
            expires_at_ms,
            nonce: nonce.filter(|_| expires_at_ms.is_some()),
        },
    )
}

#[test]
fn an_old_key_still_verifies_and_one_that_is_gone_does_not() {
    let link = Link { campaign: "abc".into(), ..Link::default() };
    let token = mint(&link, &key(1)).unwrap();
    assert_eq!(verify(&token, &[key(2), key(1)], NOW_MS), Ok(link.clone()));
    let unknown = LinkError::UnknownKey { claimed: Box::new(link.clone()) };
    assert_eq!(verify(&token, &[key(2)], NOW_MS), Err(unknown));
    let other = LinkKey { id: 1, key: [9; 32] };
    assert_eq!(verify(&token, &[other], NOW_MS), Err(LinkError::BadMac { claimed: Box::new(link) }));
}

#[test]
fn it_holds_until_the_moment_it_expires() {
    let link = Link { campaign: "abc".into(), expires_at_ms: Some(NOW_MS), ..Link::default() };
    let token = mint(&link, &key(1)).unwrap();
    assert!(verify(&token, &[key(1)], NOW_MS - 1).is_ok());
    let expired = LinkError::Expired { link: Box::new(link) };
    assert_eq!(verify(&token, &[key(1)], NOW_MS), Err(expired));
}

#[test]
fn what_cannot_be_said_is_not_signed() {
    let link = Link { campaign: "abc".into(), ..Link::default() };
    let minted = |link: Link| mint(&link, &key(1));
    assert_eq!(minted(Link::default()), Err(MintError::NoCampaign));
    assert_eq!(minted(Link { nonce: Some([1; 16]), ..link.clone() }), Err(MintError::NoExpiry));
    let sub = |bytes: usize| std::array::from_fn(|i| if i == 0 { "x".repeat(bytes) } else { String::new() });
    assert!(minted(Link { subs: sub(255), ..link.clone() }).is_ok());
    assert_eq!(minted(Link { subs: sub(256), ..link.clone() }), Err(MintError::ValueTooLong));
    let full = std::array::from_fn(|_| "x".repeat(100));
    assert_eq!(minted(Link { subs: full, ..link }), Err(MintError::TooLong));
}

/// The format is out in the world. The token was computed by another implementation.
#[test]
fn a_link_of_today_is_read_tomorrow() {
    let link = Link { campaign: "c0ffee".into(), expires_at_ms: Some(NOW_MS + 1), ..Link::default() };
    let token = mint(&link, &key(7)).unwrap();
    assert_eq!(token, "AQAAAAcBBmMwZmZlZQQIAAABoxhcUAGoFQvk8waPITE044SVyI0R");
    assert_eq!(verify(&token, &[key(7)], NOW_MS), Ok(link));
}

proptest! {
    #[test]
    fn what_is_minted_is_read_back(link in links()) {
        let token = mint(&link, &key(3)).unwrap();
        prop_assert!(token.len() <= MAX_TOKEN_LEN);
        prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(verify(&token, &[key(3)], NOW_MS), Ok(link));
    }

    #[test]
    fn every_flipped_bit_is_refused(link in links(), at: prop::sample::Index, bit in 0..8_u8) {
        let token = mint(&link, &key(3)).unwrap();
        let mut raw = URL_SAFE_NO_PAD.decode(&token).unwrap();
        let at = at.index(raw.len());
        raw[at] ^= 1 << bit;
        prop_assert!(verify(&URL_SAFE_NO_PAD.encode(raw), &[key(3)], NOW_MS).is_err());
    }

    #[test]
    fn every_changed_character_is_refused(link in links(), at: prop::sample::Index, to in "[A-Za-z0-9_-]") {
        let token = mint(&link, &key(3)).unwrap();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != token);
        prop_assert!(verify(&changed, &[key(3)], NOW_MS).is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", raw in proptest::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(verify(&text, &[key(1)], NOW_MS).is_err());
        let mut raw = raw;
        if let Some(version) = raw.first_mut() {
            *version = VERSION;
        }
        prop_assert!(verify(&URL_SAFE_NO_PAD.encode(raw), &[key(1)], NOW_MS).is_err());
    }
}
