//! `/api/domains`: host names that campaigns may be bound to, once DNS has proven them.

use std::collections::HashMap;

use axum::{Json, extract::Path};
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use traffoflex_model::{Campaign, Domain, DomainId, Status};
use url::Host;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{
        self, Resource, Shown, audited, places,
        resource::{BY_HOST, Sorted},
    },
    validate::Errors,
};
use crate::{
    access::WorkspaceApp,
    app::App,
    audit_log::{self, Action, Change},
    catalog::{domain_checks::DomainCheck, entity::Stored, installation::random_bytes},
    domains::{self, TXT_PREFIX, txt_value},
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

/// Of a name in DNS, in characters.
const MAX_NAME_LEN: usize = 253;
const MAX_LABEL_LEN: usize = 63;
/// Domains of a campaign.
const MAX_OF_CAMPAIGN: usize = 100;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_domains, create_domain))
        .routes(routes!(read_domain, replace_domain, patch_domain, delete_domain))
        .routes(routes!(archive_domain))
        .routes(routes!(restore_domain))
        .routes(routes!(set_status_of_domains))
        .routes(routes!(verify_domain))
}

collection_handlers!(
    Domains,
    "/api/domains",
    "Domains",
    "a domain",
    new = DomainInput,
    list = list_domains,
    create = create_domain
);
item_handlers!(
    Domains,
    "/api/domains",
    "Domains",
    "a domain",
    read = read_domain,
    replace = replace_domain,
    patch = patch_domain,
    delete = delete_domain
);
status_handlers!(
    Domains,
    "/api/domains",
    "Domains",
    "a domain",
    archive = archive_domain,
    restore = restore_domain,
    bulk = set_status_of_domains
);

list_query!(DomainQuery {
    /// `true` or `false`.
    verified: bool,
});

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainInput {
    host: String,
    #[serde(default)]
    status: Status,
}

/// A record to set in DNS.
#[derive(Debug, Serialize, ToSchema)]
pub struct DnsRecord {
    /// `TXT` or `CNAME`.
    #[serde(rename = "type")]
    kind: String,
    name: String,
    value: String,
}

/// What the last look-up found.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastCheck {
    /// Null before the first.
    #[schema(format = DateTime)]
    checked_at: Option<String>,
    /// `txt` or `cname`, of the last success.
    method: Option<String>,
    error: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Proof {
    /// Either of them proves the domain.
    instructions: Vec<DnsRecord>,
    check: LastCheck,
}

pub struct Domains;

impl Resource for Domains {
    type Entity = Domain;
    type Input = DomainInput;
    type View = Domain;
    type More = Proof;
    type Query = DomainQuery;
    const NAME: &'static str = "domains";
    const SEARCHED: &'static [&'static str] = &["host"];
    const SORTED: Sorted = BY_HOST;

    async fn filter(_: &WorkspaceApp, query: &DomainQuery, filter: &mut Document) -> Result<(), ApiError> {
        if let Some(verified) = &query.verified {
            let verified: bool =
                verified.parse().map_err(|_| ApiError::field("verified", "true or false"))?;
            filter.insert("verified", verified);
        }
        Ok(())
    }

    fn input_of(entity: Domain) -> DomainInput {
        DomainInput { host: entity.host, status: entity.status }
    }

    async fn check(
        app: &WorkspaceApp,
        input: DomainInput,
        id: &str,
        before: Option<&Domain>,
        errors: &mut Errors,
    ) -> Result<Domain, ApiError> {
        let host = normal_host(&input.host).unwrap_or_else(|| {
            let wrong =
                "a host name with a dot in it, such as go.example.com; no wildcard, address, scheme or port";
            errors.add("host", wrong);
            String::new()
        });
        // Another host has to be proven anew.
        let (verification_token, verified) = match before.filter(|before| before.host == host) {
            Some(before) => (before.verification_token.clone(), before.verified),
            None => (new_token()?, false),
        };
        let workspace_id = app.workspace_id.clone();
        Ok(Domain { id: id.into(), workspace_id, host, status: input.status, verification_token, verified })
    }

    fn view(entity: &Domain, _: bool) -> Domain {
        entity.clone()
    }

    async fn more(app: &WorkspaceApp, stored: &[Stored<Domain>]) -> Result<Vec<Proof>, ApiError> {
        let ids: Vec<&str> = stored.iter().map(|stored| stored._id.as_str()).collect();
        let mut checks: HashMap<String, DomainCheck> = app.catalog.domain_checks_of(&ids).await?;
        let proofs = stored.iter().map(|stored| {
            let check = checks.remove(&stored._id).unwrap_or_default();
            proof(app.domains.cname_target(), &stored.entity, check)
        });
        Ok(proofs.collect())
    }

    async fn uses(app: &WorkspaceApp, id: &str) -> Result<Vec<(String, String)>, ApiError> {
        Ok(places("campaigns", app.catalog.names::<Campaign>(doc! { "domain_ids": id }).await?))
    }

    fn status(entity: &mut Domain) -> Option<&mut Status> {
        Some(&mut entity.status)
    }

    async fn settled(app: &WorkspaceApp, before: &Domain, after: Option<&Domain>) -> Result<(), ApiError> {
        if after.is_none_or(|after| after.host != before.host) {
            // What was found of the other host is not about this one.
            app.catalog.forget_domain_check(&before.id).await?;
        }
        Ok(())
    }
}

/// Lower case, internationalised names in ASCII, no final dot. None: no host name of its own.
fn normal_host(host: &str) -> Option<String> {
    let Ok(Host::Domain(name)) = Host::parse(host.trim()) else { return None };
    let name = name.trim_end_matches('.').to_owned();
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = |label: &str| {
        (1..=MAX_LABEL_LEN).contains(&label.len())
            && label.bytes().all(legal)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Room for the TXT record's name.
    let fits = name.len() + TXT_PREFIX.len() <= MAX_NAME_LEN;
    (fits && name.contains('.') && name.split('.').all(label)).then_some(name)
}

/// Bound to a campaign: each must exist.
pub async fn check_ids(app: &WorkspaceApp, ids: &[DomainId], errors: &mut Errors) -> Result<(), ApiError> {
    if ids.len() > MAX_OF_CAMPAIGN {
        errors.add("domain_ids", format!("at most {MAX_OF_CAMPAIGN}"));
        return Ok(());
    }
    let named: Vec<(String, &str)> =
        ids.iter().enumerate().map(|(i, id)| (format!("domain_ids[{i}]"), &**id)).collect();
    errors.exist::<Domain>(app, &named).await
}

fn new_token() -> Result<String, ApiError> {
    let bytes = random_bytes::<16>().map_err(mongodb::error::Error::custom)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn proof(target: &str, domain: &Domain, check: DomainCheck) -> Proof {
    let record = |kind: &str, name: String, value: String| DnsRecord { kind: kind.into(), name, value };
    let txt = record(
        "TXT",
        format!("{TXT_PREFIX}{}", domain.host),
        txt_value(&domain.verification_token).to_string(),
    );
    let cname = (!target.is_empty()).then(|| record("CNAME", domain.host.clone(), target.to_owned()));
    let check =
        LastCheck { checked_at: check.checked_at.map(rfc3339::of), method: check.method, error: check.error };
    Proof { instructions: cname.into_iter().chain([txt]).collect(), check }
}

/// Looks the domain up in DNS, now.
#[utoipa::path(
    post,
    path = "/api/domains/{id}/verify",
    tag = "Domains",
    params(("id" = String, Path)),
    responses((status = 200, body = One), Refusals)
)]
async fn verify_domain(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<One>, ApiError> {
    let before = crud::get::<Domain>(&app, &id).await?;
    let (after, _) = domains::check(&app, before.clone(), false).await?;
    if after.revision != before.revision {
        let change = Change {
            action: Action::Updated,
            resource: Domains::NAME,
            id,
            name: after.entity.host.clone(),
            what: Some("looked up in DNS".into()),
            before: Some(audited::<Domains>(&before)),
            after: Some(audited::<Domains>(&after)),
        };
        audit_log::record(&app, change).await?;
    }
    Ok(Json(Shown::of(&app, after).await?))
}

#[cfg(test)]
mod tests {
    use super::normal_host;

    #[test]
    fn hosts_are_written_in_one_way() {
        for (given, normal) in [
            ("Go.Example.COM", "go.example.com"),
            ("go.example.com.", "go.example.com"),
            (" bücher.example ", "xn--bcher-kva.example"),
            ("1a.example", "1a.example"),
        ] {
            assert_eq!(normal_host(given).as_deref(), Some(normal), "{given}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for bad in [
            "",
            ".",
            "localhost",
            "*.example.com",
            "192.0.2.1",
            "[::1]",
            "http://a.example",
            "a.example:80",
            "a.example/x",
            "a_b.example",
            "-a.example",
            "a..example",
            "a b.example",
            "user@a.example",
            &long,
        ] {
            assert_eq!(normal_host(bad), None, "{bad}");
        }
    }
}
