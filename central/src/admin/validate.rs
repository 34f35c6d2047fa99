//! What an entity must be before it is saved. All errors of a request at once, each with its path.

use std::collections::{HashMap, HashSet};

use traffoflex_conversion::amount;
use traffoflex_model::{
    BestRoi, Campaign, Cap, ClientList, Currency, Destination, DestinationId, GeoRule, RuleNode, Schedule,
    Strategy, Target, UniquePolicy,
};
use traffoflex_routing::{
    cap::CompiledCap, macros::UrlTemplate, rule::CompiledRule, schedule::CompiledSchedule,
};
use traffoflex_wire::error_body::FieldError;

use crate::{
    access::WorkspaceApp,
    catalog::{entity::Entity, work::Named},
    error::ApiError,
};

pub const MAX_NAME_CHARS: usize = 200;
pub const MAX_SLUG_LEN: usize = 64;
/// Streams of a campaign, targets of a stream.
pub const MAX_STREAMS: usize = 200;
const MAX_TARGETS: usize = 200;
pub const MAX_WEIGHT: u32 = 1_000_000;
/// Hours of a window of ROI or uniqueness: a year.
const MAX_WINDOW_HOURS: u32 = 24 * 366;
/// Of duplicates: an hour.
const MAX_DUPLICATE_WINDOW_SECONDS: u32 = 3600;
const MAX_DEVICE_TYPES: usize = 16;
/// As the agent look-up names them.
pub const DEVICE_TYPES: [&str; 7] = ["desktop", "mobile", "tablet", "tv", "console", "bot", "other"];

/// Gathers errors; paths are below a prefix such as `streams[0]`.
#[derive(Default)]
pub struct Errors {
    found: Vec<FieldError>,
    prefix: String,
    /// Collections and ids that will be there when it is written.
    assumed: HashSet<(&'static str, String)>,
    /// Likewise the targets of streams.
    targets: HashMap<String, Vec<Target>>,
    named: Vec<Named>,
}

impl Errors {
    pub fn add(&mut self, field: &str, error: impl Into<String>) {
        self.found.push(FieldError { field: format!("{}{field}", self.prefix), error: error.into() });
    }

    /// Unless something is wrong with the field already.
    pub fn add_once(&mut self, field: &str, error: impl Into<String>) {
        if !self.found.iter().any(|found| found.field == format!("{}{field}", self.prefix)) {
            self.add(field, error);
        }
    }

    pub fn below(&mut self, prefix: &str) {
        self.prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
    }

    /// What is named by one of these ids comes with the same write.
    pub fn assume(&mut self, collection: &'static str, ids: impl IntoIterator<Item = String>) {
        self.assumed.extend(ids.into_iter().map(|id| (collection, id)));
    }

    /// It comes with the same write.
    pub fn comes<T: Entity>(&self, id: &str) -> bool {
        self.assumed.contains(&(T::COLLECTION, id.to_owned()))
    }

    pub fn assume_targets(&mut self, stream: &str, targets: Vec<Target>) {
        self.targets.insert(stream.to_owned(), targets);
    }

    /// Of a stream that comes with the same write.
    pub fn coming_targets(&self, stream: &str) -> Option<&Vec<Target>> {
        self.targets.get(stream)
    }

    /// For a part that says itself what its paths are below; it ends with [`Self::take_part`].
    pub fn part(&mut self) -> Self {
        let (assumed, targets) = (std::mem::take(&mut self.assumed), std::mem::take(&mut self.targets));
        Self { assumed, targets, ..Self::default() }
    }

    pub fn take_part(&mut self, part: Self) {
        (self.assumed, self.targets) = (part.assumed, part.targets);
        part.found.into_iter().for_each(|found| self.add(&found.field, found.error));
    }

    /// What was asked for so far: whoever writes it gives this to the [`Work`](crate::catalog::work::Work).
    pub fn named(&mut self) -> Vec<Named> {
        std::mem::take(&mut self.named)
    }

    /// Notes what is named and known to be there.
    pub fn name_it<T: Entity>(&mut self, app: &WorkspaceApp, field: &str, id: &str) {
        self.named.push(Named {
            collection: T::COLLECTION,
            workspace_id: app.workspace_id.to_string(),
            id: id.to_owned(),
            path: format!("{}{field}", self.prefix),
        });
    }

    /// Takes over what is wrong with a part; any other error goes on.
    pub fn take<T>(&mut self, part: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
        match part {
            Ok(part) => Ok(Some(part)),
            Err(ApiError::Validation(found)) => {
                found.into_iter().for_each(|found| self.add(&found.field, found.error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
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

    /// The code, when money can be in it.
    pub fn currency(&mut self, code: &str) -> Currency {
        amount::currency(code).unwrap_or_else(|| {
            self.add("currency", "an ISO 4217 code, for example USD");
            Currency::USD
        })
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

    /// A URL that nodes call, without macros.
    pub fn probed_url(&mut self, field: &str, url: &str) {
        let is_plain = UrlTemplate::parse(url).is_ok() && !url.contains(['{', '}']);
        if !is_plain {
            self.add(field, "an http or https URL without macros");
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
        if targets.is_empty() {
            self.add("targets", "at least one");
        } else if targets.iter().all(|target| target.weight == 0) {
            self.add("targets", "at least one with a weight above 0");
        }
        self.weights("targets", targets);
    }

    /// Weighted destinations, perhaps none.
    pub fn weights(&mut self, field: &str, targets: &[Target]) {
        if targets.len() > MAX_TARGETS {
            return self.add(field, format!("at most {MAX_TARGETS}"));
        }
        for (i, target) in targets.iter().enumerate() {
            if target.weight > MAX_WEIGHT {
                self.add(&format!("{field}[{i}].weight"), format!("0 to {MAX_WEIGHT}"));
            }
            if targets[..i].iter().any(|other| other.destination_id == target.destination_id) {
                self.add(&format!("{field}[{i}].destination_id"), "named twice");
            }
        }
    }

    pub fn best_roi(&mut self, settings: &BestRoi) {
        self.hours("best_roi.window_hours", settings.window_hours);
        if settings.exploration_percent > 100 {
            self.add("best_roi.exploration_percent", "0 to 100");
        }
        if settings.fallback_strategy == Strategy::BestRoi {
            self.add("best_roi.fallback_strategy", "another strategy than best_roi");
        }
    }

    pub fn unique_policy(&mut self, policy: Option<&UniquePolicy>) {
        if let Some(policy) = policy {
            self.hours("unique_policy.history_window_hours", policy.history_window_hours);
        }
    }

    pub fn hours(&mut self, field: &str, hours: u32) {
        if !(1..=MAX_WINDOW_HOURS).contains(&hours) {
            self.add(field, format!("1 to {MAX_WINDOW_HOURS}"));
        }
    }

    /// 0: of any age.
    pub fn attribution_window(&mut self, hours: u32) {
        let max = Campaign::MAX_ATTRIBUTION_WINDOW_HOURS;
        if hours > max {
            self.add("attribution_window_hours", format!("0 (of any age) to {max}"));
        }
    }

    pub fn duplicate_window(&mut self, seconds: u32) {
        if seconds > MAX_DUPLICATE_WINDOW_SECONDS {
            self.add("duplicate_window_seconds", format!("0 to {MAX_DUPLICATE_WINDOW_SECONDS}"));
        }
    }

    pub fn schedule(&mut self, schedule: Option<&Schedule>) {
        if let Some(Err(error)) = schedule.map(CompiledSchedule::compile) {
            self.add(&format!("schedule.{}", error.path), error.message);
        }
    }

    pub fn caps(&mut self, destination: &DestinationId, caps: &[Cap]) {
        if caps.len() > Cap::MAX {
            return self.add("caps", format!("at most {}", Cap::MAX));
        }
        for (i, cap) in caps.iter().enumerate() {
            if let Err(error) = CompiledCap::compile(destination, cap) {
                self.add(&format!("caps[{i}].{}", error.field), error.message);
            }
            if caps[..i].iter().any(|other| other.key() == cap.key()) {
                self.add(&format!("caps[{i}]"), "there is one of this metric and window already");
            }
            if cap.redirect_destination_id.as_ref() == Some(destination) {
                self.add(&format!("caps[{i}].redirect_destination_id"), "another destination");
            }
        }
    }

    /// Country codes in upper case from now on.
    pub fn geo(&mut self, geo: &mut GeoRule) {
        for (name, list) in [("allow", &mut geo.allow), ("block", &mut geo.block)] {
            if list.len() > GeoRule::MAX_COUNTRIES {
                self.add(&format!("geo.{name}"), format!("at most {}", GeoRule::MAX_COUNTRIES));
            }
            for (i, code) in list.iter_mut().enumerate() {
                *code = code.trim().to_ascii_uppercase();
                if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                    self.add(&format!("geo.{name}[{i}]"), "an ISO 3166-1 alpha-2 code, for example DE");
                }
            }
        }
    }

    pub fn device_types(&mut self, devices: &[String]) {
        if devices.len() > MAX_DEVICE_TYPES {
            return self.add("device_types", format!("at most {MAX_DEVICE_TYPES}"));
        }
        for (i, device) in devices.iter().enumerate() {
            if !DEVICE_TYPES.contains(&device.as_str()) {
                self.add(&format!("device_types[{i}]"), format!("one of {}", DEVICE_TYPES.join(", ")));
            }
        }
    }

    pub fn clients(&mut self, field: &str, list: &ClientList) {
        let sizes =
            [("ips", list.ips.len()), ("user_agents", list.user_agents.len()), ("asns", list.asns.len())];
        for (name, _) in sizes.into_iter().filter(|(_, size)| *size > ClientList::MAX_ENTRIES) {
            self.add(&format!("{field}.{name}"), format!("at most {}", ClientList::MAX_ENTRIES));
        }
        for (i, ip) in list.ips.iter().enumerate() {
            if ip.parse::<ipnet::IpNet>().is_err() && ip.parse::<std::net::IpAddr>().is_err() {
                self.add(&format!("{field}.ips[{i}]"), "an address or a CIDR, for example 192.0.2.0/24");
            }
        }
        for (i, part) in list.user_agents.iter().enumerate() {
            if part.trim().is_empty() || part.len() > ClientList::MAX_USER_AGENT_BYTES {
                let max = ClientList::MAX_USER_AGENT_BYTES;
                self.add(&format!("{field}.user_agents[{i}]"), format!("1 to {max} bytes of a User-Agent"));
            }
        }
    }

    /// Destinations that are named must exist.
    pub async fn destinations(
        &mut self,
        app: &WorkspaceApp,
        named: impl IntoIterator<Item = (String, &DestinationId)>,
    ) -> Result<(), ApiError> {
        let named: Vec<(String, &DestinationId)> = named.into_iter().collect();
        let ids: Vec<(String, &str)> = named.iter().map(|(field, id)| (field.clone(), &***id)).collect();
        self.exist::<Destination>(app, &ids).await
    }

    /// Each id, with its field, must exist in the workspace.
    pub async fn exist<T: Entity>(
        &mut self,
        app: &WorkspaceApp,
        ids: &[(String, &str)],
    ) -> Result<(), ApiError> {
        if ids.is_empty() {
            return Ok(());
        }
        ids.iter().for_each(|(field, id)| self.name_it::<T>(app, field, id));
        let wanted: Vec<&str> = ids.iter().map(|(_, id)| *id).filter(|id| !self.comes::<T>(id)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let missing = app.catalog.missing::<T>(&app.workspace_id, &wanted).await?;
        for (field, id) in ids {
            if missing.iter().any(|m| m == id) {
                self.add(field, "does not exist");
            }
        }
        Ok(())
    }
}
