//! The fields of a link as bytes. There is one way to write a link, and only that one is read.

use super::{Link, MAX_VALUE_BYTES, MintError, NONCE_BYTES, SUBS};

const CAMPAIGN: u8 = 1;
const STREAM: u8 = 2;
const DESTINATION: u8 = 3;
const EXPIRES_AT: u8 = 4;
const NONCE: u8 = 5;
const FIRST_SUB: u8 = 17;
const LAST_SUB: u8 = FIRST_SUB + SUBS as u8 - 1;

pub(super) fn write(link: &Link, out: &mut Vec<u8>) -> Result<(), MintError> {
    if link.campaign.is_empty() {
        return Err(MintError::NoCampaign);
    }
    if link.nonce.is_some() && link.expires_at_ms.is_none() {
        return Err(MintError::NoExpiry);
    }
    let mut field = |tag: u8, value: &[u8]| {
        if value.is_empty() {
            return Ok(());
        }
        if value.len() > MAX_VALUE_BYTES {
            return Err(MintError::ValueTooLong);
        }
        out.extend_from_slice(&[tag, value.len() as u8]);
        out.extend_from_slice(value);
        Ok(())
    };
    field(CAMPAIGN, link.campaign.as_bytes())?;
    field(STREAM, link.stream_id.as_bytes())?;
    field(DESTINATION, link.destination_id.as_bytes())?;
    if let Some(at_ms) = link.expires_at_ms {
        field(EXPIRES_AT, &at_ms.to_be_bytes())?;
    }
    if let Some(nonce) = &link.nonce {
        field(NONCE, nonce)?;
    }
    for (tag, sub) in (FIRST_SUB..).zip(&link.subs) {
        field(tag, sub.as_bytes())?;
    }
    Ok(())
}

/// None when [`write`] would not have written this.
pub(super) fn read(mut bytes: &[u8]) -> Option<Link> {
    let (mut link, mut last) = (Link::default(), 0);
    while let [tag, length, rest @ ..] = bytes {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if value.is_empty() || *tag <= last {
            return None;
        }
        let text = || std::str::from_utf8(value).map(str::to_owned).ok();
        match *tag {
            CAMPAIGN => link.campaign = text()?,
            STREAM => link.stream_id = text()?,
            DESTINATION => link.destination_id = text()?,
            EXPIRES_AT => link.expires_at_ms = Some(i64::from_be_bytes(value.try_into().ok()?)),
            NONCE => link.nonce = Some(<[u8; NONCE_BYTES]>::try_from(value).ok()?),
            sub @ FIRST_SUB..=LAST_SUB => link.subs[usize::from(sub - FIRST_SUB)] = text()?,
            _ => return None,
        }
        (last, bytes) = (*tag, rest);
    }
    let whole = bytes.is_empty() && !link.campaign.is_empty();
    (whole && (link.nonce.is_none() || link.expires_at_ms.is_some())).then_some(link)
}
