//! What an operator does with users at a shell: what the API does, by whoever may do everything, without a
//! running service. Who is disabled or gets another role feels it with the next request all the same.

use mongodb::bson::{Document, doc};
use serde::Serialize;
use traffoflex_model::WorkspaceId;

use super::{
    email, ownership,
    store::{
        Membership, User, UserStatus,
        membership::{self, MAX_MEMBERS},
        session, user,
    },
};
use crate::{access::Role, catalog::Catalog, error::ApiError, rfc3339};

/// A user, and what they are where.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    pub id: String,
    pub email: String,
    pub name: String,
    pub status: UserStatus,
    pub created_at: String,
    pub last_sign_in_at: Option<String>,
    pub memberships: Vec<Place>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub workspace_id: WorkspaceId,
    pub role: Role,
    pub mask_money: bool,
}

/// How an account was, if it was, and how it is now.
pub struct Done {
    pub before: Option<Account>,
    pub after: Account,
}

impl Done {
    async fn of(catalog: &Catalog, before: Option<Account>, after: &User) -> Result<Self, ApiError> {
        Ok(Self { before, after: account(catalog, after).await? })
    }
}

/// What somebody is to be in a workspace.
pub struct Wanted<'w> {
    pub workspace_id: &'w WorkspaceId,
    pub role: Role,
    pub mask_money: bool,
}

async fn account(catalog: &Catalog, user: &User) -> Result<Account, ApiError> {
    let place = |membership: Membership| Place {
        mask_money: membership.masks_money(),
        workspace_id: membership.workspace_id,
        role: membership.role,
    };
    let memberships = membership::of_user(catalog, &user._id).await?;
    Ok(Account {
        id: user._id.clone(),
        email: user.email.clone(),
        name: user.name.clone(),
        status: user.status,
        created_at: rfc3339::of(user.created_at),
        last_sign_in_at: user.last_sign_in_at.map(rfc3339::of),
        memberships: memberships.into_iter().map(place).collect(),
    })
}

/// All of them, in the order of their addresses.
pub async fn list(
    catalog: &Catalog,
    status: Option<UserStatus>,
    workspace: Option<&WorkspaceId>,
) -> Result<Vec<Account>, ApiError> {
    let mut filter = Document::new();
    if let Some(status) = status {
        filter.insert("status", status.as_str());
    }
    if let Some(workspace) = workspace {
        let members = membership::of_workspace(catalog, workspace).await?;
        let ids: Vec<String> = members.into_iter().map(|membership| membership.user_id).collect();
        filter.insert("_id", doc! { "$in": ids });
    }
    // 0: no limit.
    let (users, _) = user::page(catalog, filter, 0, 0).await?;
    let mut accounts = Vec::with_capacity(users.len());
    for user in &users {
        accounts.push(account(catalog, user).await?);
    }
    Ok(accounts)
}

/// By id or address.
async fn find(catalog: &Catalog, who: &str) -> Result<User, ApiError> {
    let found = match email::normalise(who) {
        Ok(address) => user::by_email(catalog, &address).await?,
        Err(_) => user::by_id(catalog, who).await?,
    };
    found.ok_or(ApiError::NotFound)
}

pub async fn show(catalog: &Catalog, who: &str) -> Result<Account, ApiError> {
    account(catalog, &find(catalog, who).await?).await
}

/// Lets in one who waits or was invited, as a member of the workspace; who is one already keeps their role.
pub async fn approve(catalog: &Catalog, who: &str, wanted: &Wanted<'_>) -> Result<Done, ApiError> {
    let found = find(catalog, who).await?;
    let before = account(catalog, &found).await?;
    let is_member = membership::get(catalog, wanted.workspace_id, &found._id).await?.is_some();
    match found.status {
        UserStatus::Disabled => return Err(conflict("the user is disabled: enable them")),
        UserStatus::Active if is_member => return Err(conflict("the user is active already")),
        _ => {}
    }
    // First what they may do, then that they may: what a crash leaves between the two is approved again.
    if !is_member {
        join(catalog, &found, wanted).await?;
    }
    let after = match found.status {
        UserStatus::Active => found,
        _ => turn(catalog, &found, UserStatus::Active).await?,
    };
    Done::of(catalog, Some(before), &after).await
}

/// Makes the address a member of the workspace, known or not.
pub async fn invite(catalog: &Catalog, address: &str, wanted: &Wanted<'_>) -> Result<Done, ApiError> {
    let address = email::normalise(address).map_err(|error| ApiError::field("email", error.to_string()))?;
    ownership::check_mask(wanted.role, wanted.mask_money)?;
    let (mut user, is_new) = user::ensure(catalog, &address, UserStatus::Invited).await?;
    let before = if is_new { None } else { Some(account(catalog, &user).await?) };
    join(catalog, &user, wanted).await?;
    if user.status == UserStatus::PendingApproval {
        user = turn(catalog, &user, UserStatus::Active).await?;
    }
    Done::of(catalog, before, &user).await
}

async fn join(catalog: &Catalog, user: &User, wanted: &Wanted<'_>) -> Result<(), ApiError> {
    let Wanted { workspace_id, role, mask_money } = *wanted;
    ownership::check_mask(role, mask_money)?;
    if membership::of_workspace(catalog, workspace_id).await?.len() >= MAX_MEMBERS {
        return Err(conflict(&format!("a workspace has at most {MAX_MEMBERS} members")));
    }
    if !membership::add(catalog, &Membership::new(workspace_id, &user._id, role, mask_money)).await? {
        return Err(conflict("they are a member already"));
    }
    Ok(())
}

/// Another role in the workspace, for one who is a member.
pub async fn change_role(catalog: &Catalog, who: &str, wanted: &Wanted<'_>) -> Result<Done, ApiError> {
    let Wanted { workspace_id, role, mask_money } = *wanted;
    ownership::check_mask(role, mask_money)?;
    let user = find(catalog, who).await?;
    let before = account(catalog, &user).await?;
    ownership::exclusively(catalog, async {
        let found = membership::get(catalog, workspace_id, &user._id).await?;
        let found = found.ok_or_else(|| conflict("they are no member of the workspace: invite them"))?;
        if role != Role::Owner {
            ownership::keep_one(catalog, &found).await?;
        }
        membership::change(catalog, &found, role, mask_money).await?.ok_or(ApiError::NotFound).map(drop)
    })
    .await?;
    Done::of(catalog, Some(before), &user).await
}

/// Switches a user off in all workspaces, and ends their sessions.
pub async fn disable(catalog: &Catalog, who: &str) -> Result<Done, ApiError> {
    let user = find(catalog, who).await?;
    let before = account(catalog, &user).await?;
    let after = match user.status {
        UserStatus::Disabled => user,
        _ => {
            ownership::exclusively(catalog, async {
                for membership in membership::of_user(catalog, &user._id).await? {
                    ownership::keep_one(catalog, &membership).await?;
                }
                turn(catalog, &user, UserStatus::Disabled).await
            })
            .await?
        }
    };
    session::end_all(catalog, &after._id, None).await?;
    Done::of(catalog, Some(before), &after).await
}

/// Switches a user on again; who was not let in before waits again.
pub async fn enable(catalog: &Catalog, who: &str) -> Result<Done, ApiError> {
    let user = find(catalog, who).await?;
    let before = account(catalog, &user).await?;
    let status = match (user.status, user.approved_at) {
        (UserStatus::Disabled, Some(_)) => UserStatus::Active,
        (UserStatus::Disabled, None) if before.memberships.is_empty() => UserStatus::PendingApproval,
        (UserStatus::Disabled, None) => UserStatus::Invited,
        _ => return Ok(Done { after: before.clone(), before: Some(before) }),
    };
    Done::of(catalog, Some(before), &turn(catalog, &user, status).await?).await
}

async fn turn(catalog: &Catalog, user: &User, status: UserStatus) -> Result<User, ApiError> {
    let turned = user::turn(catalog, user, status).await?;
    turned.ok_or_else(|| conflict("somebody else changed the user meanwhile"))
}

fn conflict(message: &str) -> ApiError {
    ApiError::Conflict { message: message.to_owned(), details: vec![] }
}
