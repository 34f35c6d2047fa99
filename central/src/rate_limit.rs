//! How many requests one caller or one address may make, by GCRA: so many a minute on average, so many of
//! them at once.
//!
//! - A user or API key has one budget over all its requests, whatever the address.
//! - An address (of IPv6 a /64, which one customer has) has one budget for signing in (`/api/auth/`) and for
//!   requests whose credentials are missing or wrong. A valid credential from the same address stays good:
//!   behind a proxy or a carrier many people share one, and no guess at a key of 256 bits is worth a lock.
//!
//! Budgets are a process's own and start anew with it. `/internal/` has none. Memory is bounded: what has all
//! of its budget is forgotten each minute, and beyond [`MAX_KEYS`] newcomers share [`CROWDS`] budgets.

mod headers;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use traffoflex_client_address::TrustedProxies;

use crate::{access::Actor, config::RateLimitConfig, error::ApiError};

/// Who is kept in mind one by one.
const MAX_KEYS: usize = 100_000;
const CROWDS: u64 = 256;
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// While there is no room.
const SWEEP_FULL_EVERY: Duration = Duration::from_secs(1);
/// Below it, what needs no session and no key; sign-out is behind the gate.
const SIGN_IN_PATH: &str = "/api/auth/";
const SIGN_OUT_PATH: &str = "/api/auth/logout";
const LIMITED: &str = "traffoflex_rate_limited_total";

/// What is left of a budget.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Requests at once, at most.
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until all of it is there again.
    pub reset_s: u64,
}

/// There is nothing left.
#[derive(Debug, Clone, Copy)]
pub struct Exhausted {
    pub allowance: Allowance,
    pub retry_after_s: u64,
}

/// A clone is cheap.
#[derive(Clone)]
pub struct RateLimits(Arc<Limits>);

struct Limits {
    trusted_proxies: TrustedProxies,
    callers: Budgets,
    addresses: Budgets,
}

impl RateLimits {
    pub fn new(config: &RateLimitConfig) -> Self {
        let callers = Quota::per_minute(config.api_rate_limit_per_minute);
        Self(Arc::new(Limits {
            trusted_proxies: TrustedProxies::new(config.trusted_proxy_cidrs.clone()),
            callers: Budgets::new(callers.allow_burst(config.api_rate_limit_burst), MAX_KEYS),
            addresses: Budgets::new(Quota::per_minute(config.auth_rate_limit_per_minute), MAX_KEYS),
        }))
    }

    /// A request of one who showed valid credentials.
    pub fn spend_of_caller(&self, actor: &Actor) -> Result<Allowance, ApiError> {
        let key = Key::Caller(format!("{:?} {}", actor.kind, actor.id));
        self.0.callers.spend(key).map_err(|exhausted| limited("caller", exhausted))
    }

    /// A request that wants to sign in, or whose credentials are wrong.
    pub fn spend_of_address(&self, request: &Request) -> Result<Allowance, ApiError> {
        let key = Key::Address(network(self.address(request)));
        self.0.addresses.spend(key).map_err(|exhausted| limited("address", exhausted))
    }

    fn address(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
        self.0.trusted_proxies.client_ip(peer, request.headers())
    }
}

fn limited(whose: &'static str, exhausted: Exhausted) -> ApiError {
    metrics::counter!(LIMITED, "budget" => whose).increment(1);
    ApiError::RateLimited(exhausted)
}

/// What one customer has: an address of IPv4, a /64 of IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

/// Middleware over everything: sign-ins spend of their address.
pub async fn limit_sign_ins(State(limits): State<RateLimits>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with(SIGN_IN_PATH) || path == SIGN_OUT_PATH {
        return next.run(request).await;
    }
    match limits.spend_of_address(&request) {
        Ok(allowance) => allowance.tell(next.run(request).await),
        Err(error) => error.into_response(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Caller(String),
    Address(IpAddr),
    /// Those for whom there was no room.
    Crowd(u64),
}

/// Of one kind.
struct Budgets {
    limiter: RateLimiter<Key, DashMapStateStore<Key>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
    quota: Quota,
    max_keys: usize,
    swept: Mutex<Instant>,
}

impl Budgets {
    fn new(quota: Quota, max_keys: usize) -> Self {
        let limiter = RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>();
        let clock = DefaultClock::default();
        Self { limiter, clock, quota, max_keys, swept: Mutex::new(Instant::now()) }
    }

    fn spend(&self, key: Key) -> Result<Allowance, Exhausted> {
        let key = self.with_room(key);
        let limit = self.quota.burst_size().get();
        match self.limiter.check_key(&key) {
            Ok(state) => Ok(self.allowance(state.remaining_burst_capacity())),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                let allowance = Allowance { limit, ..self.allowance(0) };
                Err(Exhausted { allowance, retry_after_s: whole_seconds(wait) })
            }
        }
    }

    fn allowance(&self, remaining: u32) -> Allowance {
        let limit = self.quota.burst_size().get();
        let missing = limit.saturating_sub(remaining);
        Allowance { limit, remaining, reset_s: whole_seconds(self.quota.replenish_interval() * missing) }
    }

    /// The key, or that of a crowd when there are too many.
    fn with_room(&self, key: Key) -> Key {
        let is_full = || self.limiter.len() >= self.max_keys;
        self.sweep(if is_full() { SWEEP_FULL_EVERY } else { SWEEP_EVERY });
        if !is_full() {
            return key;
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        Key::Crowd(hasher.finish() % CROWDS)
    }

    /// Forgets who has all of their budget.
    fn sweep(&self, every: Duration) {
        // Somebody else is at it, or it is not due.
        let Ok(mut swept) = self.swept.try_lock() else { return };
        if swept.elapsed() >= every {
            *swept = Instant::now();
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

/// Rounded up, at least one.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_millis().div_ceil(1000) as u64).max(1)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn budgets(per_minute: u32, max_keys: usize) -> Budgets {
        Budgets::new(Quota::per_minute(NonZeroU32::new(per_minute).unwrap()), max_keys)
    }

    fn address(text: &str) -> Key {
        Key::Address(network(text.parse().unwrap()))
    }

    #[test]
    fn each_has_a_budget_of_their_own() {
        let budgets = budgets(3, 10);
        let (a, b) = (address("192.0.2.1"), address("192.0.2.2"));
        let left: Vec<u32> = (0..3).map(|_| budgets.spend(a.clone()).unwrap().remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let exhausted = budgets.spend(a.clone()).unwrap_err();
        assert!((1..=20).contains(&exhausted.retry_after_s), "{exhausted:?}");
        assert_eq!((exhausted.allowance.limit, exhausted.allowance.remaining), (3, 0));
        assert_eq!(exhausted.allowance.reset_s, 60);
        assert_eq!(budgets.spend(b).unwrap().remaining, 2);
    }

    #[test]
    fn a_customer_of_ipv6_has_one_budget() {
        assert_eq!(address("2001:db8:0:1::1"), address("2001:db8:0:1:ffff::2"));
        assert_ne!(address("2001:db8:0:1::1"), address("2001:db8:0:2::1"));
    }

    #[test]
    fn memory_is_bounded_and_newcomers_are_still_limited() {
        let budgets = budgets(2, 50);
        let spent = |i: u32| budgets.spend(Key::Address(Ipv4Addr::from_bits(i).into()));
        let refused = (0..10_000).filter(|i| spent(*i).is_err()).count();
        assert!(budgets.limiter.len() <= 50 + CROWDS as usize, "{}", budgets.limiter.len());
        assert!(refused > 5_000, "{refused}");
    }
}
