//! `api-service user ...`: users from a shell, straight at the database. The first way in when there is no mail
//! yet, and the way back in for whoever locked themselves out.

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::{context, output};
use crate::{
    access::Role,
    accounts::{
        by_operator::{self, Account, Wanted},
        store::UserStatus,
    },
    catalog::Catalog,
    config::CentralConfig,
    error::ApiError,
    mail::{Mail, Mailer},
};

#[derive(Debug, clap::Args)]
pub struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, clap::Subcommand)]
enum UserCommand {
    /// List users, with what they are in which workspace.
    #[command(after_help = "Example:\n  api-service user list --status pending_approval")]
    List {
        /// Only those who are invited, pending_approval, active or disabled.
        #[arg(long, value_parser = status)]
        status: Option<UserStatus>,
        /// Only members of this workspace.
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Show a user.
    #[command(after_help = "Example:\n  api-service user show ann@example.com --json")]
    Show(Who),
    /// Let in one who waits, as a member of a workspace.
    #[command(after_help = "Example:\n  api-service user approve ann@example.com --role manager")]
    Approve {
        #[command(flatten)]
        who: Who,
        /// owner, admin, manager or analyst.
        #[arg(long, default_value = "analyst", value_parser = role)]
        role: Role,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Switch a user off in all workspaces, and end their sessions.
    #[command(after_help = "Example:\n  api-service user disable ann@example.com")]
    Disable(Who),
    /// Switch a user on again.
    #[command(after_help = "Example:\n  api-service user enable ann@example.com")]
    Enable(Who),
    /// Make an address a member of a workspace. They are told by mail where a delivery is configured.
    #[command(after_help = "Example:\n  api-service user invite ann@example.com --role analyst --mask-money")]
    Invite {
        #[command(flatten)]
        who: Who,
        /// owner, admin, manager or analyst.
        #[arg(long, value_parser = role)]
        role: Role,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Give a member another role.
    #[command(after_help = "Example:\n  api-service user role ann@example.com owner")]
    Role {
        #[command(flatten)]
        who: Who,
        /// owner, admin, manager or analyst.
        #[arg(value_parser = role)]
        role: Role,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

#[derive(Debug, clap::Args)]
struct Who {
    /// Address or id of the user.
    #[arg(value_name = "USER")]
    user: String,
    /// Print JSON instead of a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct PlaceArgs {
    /// The workspace; the first one of the installation when none is named.
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// Amounts are not shown to this analyst.
    #[arg(long)]
    mask_money: bool,
}

fn role(text: &str) -> Result<Role, String> {
    let all = || Role::ALL.map(Role::as_str).join(", ");
    Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| format!("one of {}", all()))
}

fn status(text: &str) -> Result<UserStatus, String> {
    let all = || UserStatus::ALL.map(UserStatus::as_str).join(", ");
    let found = UserStatus::ALL.into_iter().find(|status| status.as_str() == text);
    found.ok_or_else(|| format!("one of {}", all()))
}

pub async fn run(config: &CentralConfig, args: UserArgs) -> Result<()> {
    let catalog = &context::catalog(&config.mongo).await?;
    let actor = &context::actor();
    match args.command {
        UserCommand::List { status, workspace, json } => list(catalog, status, workspace, json).await,
        UserCommand::Show(who) => {
            let found = by_operator::show(catalog, &who.user).await;
            print(&found.map_err(|error| unknown(error, &who))?, who.json)
        }
        UserCommand::Approve { who, role, place } => {
            let workspace = &context::workspace(catalog, place.workspace.as_deref()).await?;
            let wanted = Wanted { workspace_id: workspace, role, mask_money: place.mask_money };
            finish(&who, by_operator::approve(catalog, actor, &who.user, &wanted).await)
        }
        UserCommand::Disable(who) => finish(&who, by_operator::disable(catalog, actor, &who.user).await),
        UserCommand::Enable(who) => finish(&who, by_operator::enable(catalog, actor, &who.user).await),
        UserCommand::Invite { who, role, place } => {
            let workspace = &context::workspace(catalog, place.workspace.as_deref()).await?;
            let wanted = Wanted { workspace_id: workspace, role, mask_money: place.mask_money };
            let done = by_operator::invite(catalog, actor, &who.user, &wanted).await;
            let address = done.as_ref().ok().map(|account| account.email.clone());
            finish(&who, done)?;
            tell(config, address.unwrap_or_default(), role).await
        }
        UserCommand::Role { who, role, place } => {
            let workspace = &context::workspace(catalog, place.workspace.as_deref()).await?;
            let wanted = Wanted { workspace_id: workspace, role, mask_money: place.mask_money };
            finish(&who, by_operator::change_role(catalog, actor, &who.user, &wanted).await)
        }
    }
}

/// Prints the account as it is now.
fn finish(who: &Who, done: Result<Account, ApiError>) -> Result<()> {
    print(&done.map_err(|error| unknown(error, who))?, who.json)
}

#[derive(Serialize)]
struct Listed {
    items: Vec<Account>,
    total: usize,
}

async fn list(
    catalog: &Catalog,
    status: Option<UserStatus>,
    workspace: Option<String>,
    json: bool,
) -> Result<()> {
    let workspace = match &workspace {
        Some(id) => Some(context::workspace(catalog, Some(id)).await?),
        None => None,
    };
    let items = by_operator::list(catalog, status, workspace.as_ref()).await.map_err(context::said)?;
    if json {
        return output::json(&Listed { total: items.len(), items });
    }
    items.iter().try_for_each(|account| print(account, false))?;
    output::line(&format!("{} users", items.len()))
}

fn print(account: &Account, json: bool) -> Result<()> {
    if json {
        return output::json(account);
    }
    let places =
        account.memberships.iter().map(|place| format!("{}:{}", place.workspace_id, place.role.as_str()));
    let places: Vec<String> = places.collect();
    output::columns([&account.id, &account.email, account.status.as_str(), &places.join(","), &account.name])
}

fn unknown(error: ApiError, who: &Who) -> anyhow::Error {
    match error {
        ApiError::NotFound => anyhow!("there is no user {}", who.user),
        other => context::said(other),
    }
}

/// The membership is there whether the mail leaves or not.
async fn tell(config: &CentralConfig, to: String, role: Role) -> Result<()> {
    let mailer = Mailer::new(&config.mail)?;
    if !mailer.is_configured() {
        output::note("No mail is configured: tell them to sign in with this address.");
        return Ok(());
    }
    let place = match config.server.admin_frontend_origin.as_str() {
        "" => String::new(),
        url => format!(" at {url}"),
    };
    let text = format!(
        "You are now a member of a workspace, as {}.\n\nSign in with this address{place}: a code will be mailed to you.\n",
        role.as_str()
    );
    let mail = Mail { to, subject: "You are invited to TraffoFlex".to_owned(), text };
    if let Err(error) = mailer.send(mail).await {
        output::note(&format!("They are a member, and no mail could tell them so: {error}"));
    }
    Ok(())
}
