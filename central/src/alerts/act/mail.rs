//! The mail of alerts: beside everything else, and to each address once.
//!
//! Every workspace has a turn, [`WORKSPACES_AT_ONCE`] of them at a time and each for no longer than [`TURN`], so that a
//! mail server that does not answer, or one workspace with many alerts, keeps nobody's changes and little of others' mail
//! back. Whom a mail was told to is kept with the alert before the next address is written to: what is tried
//! again is tried with those that have not got it. Only a crash between a mail and its note says it twice, under
//! the same key.
//!
//! Mail goes to people who are active in the workspace when it is sent, and says no amount to those who see none.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::{
    bson::{DateTime, doc},
    error::Result,
};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        action::{self, Action},
        incident::{Incident, Outcome, Taken},
        store,
    },
    Bell, end, hindrance, write_taken,
};
use crate::{
    accounts::store::{UserStatus, membership, user},
    app::App,
    catalog::Catalog,
    mail::{Mail, MailError},
    rfc3339,
};

/// Looks at which a mail that may go well later did not.
const MAX_ATTEMPTS: u32 = 10;
const WORKSPACES_AT_ONCE: usize = 8;
/// Of one workspace; an alert that was begun is finished.
const TURN: Duration = Duration::from_secs(60);
const NO_MEMBER: &str = "it is nobody's address in the workspace";

/// Sends what is due, when the bell rings and every `interval`, until `stop`.
pub async fn keep_sending(app: &App, interval: Duration, bell: &Bell, stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            sent = send_due(app, interval) => if let Err(error) = sent {
                tracing::warn!(%error, "the mail of alerts waits");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = bell.mail.notified() => {}
            () = tokio::time::sleep(interval) => {}
        }
    }
}

async fn send_due(app: &App, interval: Duration) -> Result<()> {
    let mut by_workspace: BTreeMap<String, Vec<Incident>> = BTreeMap::new();
    let mails = doc! { "dry_run": false, "actions.action.kind": "mail" };
    for incident in store::due(&app.catalog, mails).await? {
        by_workspace.entry(incident.workspace_id.clone()).or_default().push(incident);
    }
    let turn = async |(workspace, incidents): (String, Vec<Incident>)| {
        if let Err(error) = send_of_workspace(app, &workspace, incidents, interval).await {
            tracing::warn!(workspace, %error, "the mail of alerts waits");
        }
    };
    stream::iter(by_workspace).for_each_concurrent(WORKSPACES_AT_ONCE, turn).await;
    Ok(())
}

async fn send_of_workspace(
    app: &App,
    workspace: &str,
    incidents: Vec<Incident>,
    interval: Duration,
) -> Result<()> {
    let members = members(&app.catalog, workspace).await?;
    let began = Instant::now();
    for mut incident in incidents {
        if began.elapsed() > TURN {
            return Ok(());
        }
        for index in 0..incident.actions.len() {
            let Taken { action, outcome, tried_at, .. } = incident.actions[index].clone();
            // The bell rings for all: a mail that failed waits its time.
            let again_ms = tried_at.map_or(0, |at| at.timestamp_millis() + interval.as_millis() as i64);
            let is_due = outcome.is_due() && again_ms <= DateTime::now().timestamp_millis();
            if let (Action::Mail(mail), true) = (action, is_due) {
                send(app, &members, &mut incident, index, &mail).await?;
            }
        }
    }
    Ok(())
}

/// Who is active in a workspace, by address, and whether amounts are not for them.
pub async fn members(catalog: &Catalog, workspace: &str) -> Result<HashMap<String, bool>> {
    let memberships = membership::of_workspace(catalog, workspace).await?;
    let ids: Vec<&str> = memberships.iter().map(|membership| &*membership.user_id).collect();
    let active = doc! { "_id": { "$in": ids }, "status": UserStatus::Active.as_str() };
    let users: Vec<user::User> = user::all(catalog).find(active).await?.try_collect().await?;
    let addresses: HashMap<&str, &str> = users.iter().map(|user| (&*user._id, &*user.email)).collect();
    let of = |membership: &membership::Membership| {
        let address = addresses.get(&*membership.user_id)?;
        Some(((*address).to_owned(), membership.masks_money()))
    };
    Ok(memberships.iter().filter_map(of).collect())
}

/// To all addresses that have not got it.
async fn send(
    app: &App,
    members: &HashMap<String, bool>,
    incident: &mut Incident,
    index: usize,
    mail: &action::Mail,
) -> Result<()> {
    if let Some(why) = hindrance(app, incident, &incident.actions[index].action).await? {
        return end(app, incident, index, Outcome::Failed, None, Some(why.to_owned())).await;
    }
    let begun = Taken { outcome: Outcome::UnderWay, ..incident.actions[index].clone() };
    if !write_taken(app, incident, index, begun).await? {
        return Ok(());
    }
    let mut failed = None;
    for (n, to) in mail.to.iter().enumerate() {
        let mut taken = incident.actions[index].clone();
        if taken.told.contains(to) || taken.refused.contains(to) {
            continue;
        }
        let why = match members.get(&to.to_lowercase()) {
            None => Some(NO_MEMBER),
            Some(masks_money) => match send_one(app, incident, index, n, to, *masks_money).await {
                Ok(()) => None,
                Err(error) if error.is_retryable() => {
                    failed = Some(public(&error));
                    continue;
                }
                Err(error) => Some(public(&error)),
            },
        };
        match why {
            None => taken.told.push(to.clone()),
            Some(why) => {
                taken.refused.push(to.clone());
                taken.error = Some(why.to_owned());
            }
        }
        if !write_taken(app, incident, index, taken).await? {
            return Ok(());
        }
    }
    conclude(app, incident, index, failed).await
}

/// `failed`: why some addresses have not got it yet.
async fn conclude(
    app: &App,
    incident: &mut Incident,
    index: usize,
    failed: Option<&'static str>,
) -> Result<()> {
    let taken = incident.actions[index].clone();
    if let Some(error) = failed
        && taken.attempts + 1 < MAX_ATTEMPTS
    {
        // Why some will not get it stays.
        let error = taken.error.clone().filter(|_| !taken.refused.is_empty()).or(Some(error.to_owned()));
        let tried_at = Some(DateTime::now());
        let again = Taken { attempts: taken.attempts + 1, tried_at, error, ..taken };
        return write_taken(app, incident, index, again).await.map(drop);
    }
    let what = format!("wrote to {} addresses", taken.told.len());
    let error = match failed {
        Some(error) => Some(error.to_owned()),
        None if taken.refused.is_empty() => None,
        None => taken.error,
    };
    let outcome = if error.is_none() { Outcome::Done } else { Outcome::Failed };
    end(app, incident, index, outcome, Some(what), error).await
}

/// For clients: nothing of the inside.
fn public(error: &MailError) -> &'static str {
    match error {
        MailError::NotConfigured => "no delivery of mail is configured",
        MailError::Unwritable(_) => "the mail cannot be written",
        _ => "the mail could not be delivered",
    }
}

async fn send_one(
    app: &App,
    incident: &Incident,
    index: usize,
    n: usize,
    to: &str,
    masks_money: bool,
) -> std::result::Result<(), MailError> {
    let id = format!("{}.{n}", incident.action_key(index).replace(':', "."));
    let subject = format!("Alert: {}", incident.rule_name.replace(['\r', '\n'], " "));
    let text = text(incident, masks_money);
    app.mailer.send_as(&id, Mail { to: to.to_owned(), subject, text }).await
}

fn text(incident: &Incident, masks_money: bool) -> String {
    let mut text = format!(
        "{}\n\nCondition: {}\nAbout: {}\nSince: {}\n",
        incident.rule_name,
        incident.condition,
        if incident.subject.name.is_empty() { "the workspace" } else { &incident.subject.name },
        rfc3339::of(incident.true_since),
    );
    for value in incident.values.iter().filter(|value| !(masks_money && value.is_money)) {
        let _ = writeln!(text, "{}: {}", value.name, value.value.as_deref().unwrap_or("unknown"));
    }
    text
}
