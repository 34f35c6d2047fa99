//! How often an address clicks, in memory of a fixed size.
//!
//! A slot counts the clicks of this minute and of the one before; the estimate for the last 60 seconds
//! takes the earlier minute in proportion. Slots stand in sets of eight with a lock each: an address
//! belongs to one set, and in a full set the address that was silent longest gives way. Forgetting an
//! address only ever counts too little. An IPv6 address counts with its /64, which is one customer's.
//!
//! Loopback, private, link-local and carrier-shared (100.64/10) addresses are not counted: they are
//! load tests, health checks and proxies that nobody declared, not visitors.

use std::{
    hash::Hasher,
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, PoisonError},
};

use siphasher::sip::SipHasher13;

const WAYS: usize = 8;
const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Keyed hash of the address, so that nobody can choose addresses that meet; 0: free.
    key: u64,
    /// Minutes since 1970.
    minute: u32,
    count: u32,
    /// In the minute before.
    before: u32,
}

pub struct RateByAddress {
    max_per_minute: u32,
    hash_key: [u8; 16],
    sets: Box<[Mutex<[Slot; WAYS]>]>,
}

impl RateByAddress {
    /// None when there is no limit. `addresses` is rounded up to a power of two.
    pub fn new(max_per_minute: u32, addresses: u32) -> Option<Self> {
        let sets = (addresses as usize / WAYS).max(1).next_power_of_two();
        (max_per_minute > 0).then(|| Self {
            max_per_minute,
            hash_key: std::array::from_fn(|_| fastrand::u8(..)),
            sets: (0..sets).map(|_| Mutex::default()).collect(),
        })
    }

    /// Counts a click; whether the address is above its limit with it.
    pub fn exceeds(&self, ip: IpAddr, now_ms: i64) -> bool {
        let Some(network) = countable(ip) else { return false };
        let mut hasher = SipHasher13::new_with_key(&self.hash_key);
        hasher.write_u64(network);
        let key = hasher.finish().max(1);
        let set = &self.sets[key as usize & (self.sets.len() - 1)];
        let minute = (now_ms / MINUTE_MS) as u32;
        let mut slots = set.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match slots.iter().position(|slot| slot.key == key) {
            Some(at) => at,
            None => {
                let silent = (0..WAYS).min_by_key(|at| (slots[*at].minute, slots[*at].count)).unwrap_or(0);
                slots[silent] = Slot { key, minute, count: 0, before: 0 };
                silent
            }
        };
        slots[at].count_in(minute);
        slots[at].last_minute(now_ms) > u64::from(self.max_per_minute)
    }
}

impl Slot {
    fn count_in(&mut self, minute: u32) {
        // A clock that went back goes on in the minute it was in.
        match minute.saturating_sub(self.minute) {
            0 => {}
            1 => (self.before, self.count, self.minute) = (self.count, 0, minute),
            _ => (self.before, self.count, self.minute) = (0, 0, minute),
        }
        self.count = self.count.saturating_add(1);
    }

    /// Clicks in the 60 seconds up to now, estimated.
    fn last_minute(&self, now_ms: i64) -> u64 {
        let left_ms = (MINUTE_MS - now_ms.rem_euclid(MINUTE_MS)) as u64;
        u64::from(self.count) + (u64::from(self.before) * left_ms).div_ceil(MINUTE_MS as u64)
    }
}

/// What is counted of an address; none when it is not counted.
fn countable(ip: IpAddr) -> Option<u64> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip).then(|| u64::from(ip.to_bits())),
        IpAddr::V6(ip) => {
            let inside = ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local();
            // Public networks begin with 2 or 3: their upper half is never the number of an IPv4 address.
            (!inside && !ip.is_unspecified()).then(|| (ip.to_bits() >> 64) as u64)
        }
    }
}

/// Whether a visitor from elsewhere can have it.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let carrier_shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
    !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified() || carrier_shared)
}

/// Whether a visitor from elsewhere can have the address.
pub fn is_public(ip: IpAddr) -> bool {
    countable(ip).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_limit_is_for_sixty_seconds_that_slide() {
        let rate = RateByAddress::new(10, 1024).unwrap();
        let start = 1_800_000_000_000 / MINUTE_MS * MINUTE_MS;
        for n in 0..10 {
            assert!(!rate.exceeds(ip("203.0.113.1"), start + n), "{n}");
        }
        assert!(rate.exceeds(ip("203.0.113.1"), start + 20));
        assert!(!rate.exceeds(ip("203.0.113.2"), start + 20), "another address");
        // Half a minute on, half of the eleven still count.
        assert!(!rate.exceeds(ip("203.0.113.1"), start + MINUTE_MS * 3 / 2));
        assert!(rate.exceeds(ip("203.0.113.1"), start + MINUTE_MS + 1));
        assert!(!rate.exceeds(ip("203.0.113.1"), start + 3 * MINUTE_MS));
    }

    #[test]
    fn addresses_of_this_side_are_not_counted_and_a_v6_customer_is_one() {
        let rate = RateByAddress::new(1, 1024).unwrap();
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.9",
            "169.254.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            for _ in 0..5 {
                assert!(!rate.exceeds(ip(inside), 0), "{inside}");
            }
        }
        assert!(is_public(ip("100.128.0.1")) && is_public(ip("2001:db8::1")) && !is_public(ip("10.0.0.1")));
        assert!(!rate.exceeds(ip("2001:db8:1:2::1"), 0));
        assert!(rate.exceeds(ip("2001:db8:1:2::ffff"), 0), "the same /64");
        assert!(!rate.exceeds(ip("2001:db8:1:3::1"), 0));
        assert!(RateByAddress::new(0, 1024).is_none());
    }

    #[test]
    fn many_addresses_use_no_more_memory_and_the_busy_one_stays() {
        let rate = RateByAddress::new(50, 1024).unwrap();
        assert_eq!(rate.sets.len() * WAYS, 1024);
        let mut exceeded = false;
        for n in 0..20_000_u32 {
            rate.exceeds(IpAddr::V4(Ipv4Addr::from_bits(0xcb00_0000 + n)), 0);
            exceeded |= rate.exceeds(ip("198.51.100.1"), 0);
        }
        assert!(exceeded);
    }
}
