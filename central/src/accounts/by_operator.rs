//! What an operator does with users at a shell: what the API does, by whoever may do everything, without a
//! running service. Who is disabled or gets another role feels it with the next request all the same.

use mongodb::bson::{Document, doc};
use serde::Serialize;
use traffoflex_model::WorkspaceId;

use super::{
    email,
    noted::{self, conflict},
    ownership,
    store::{Membership, User, UserStatus, membership, session, user},
};
use crate::{
    access::{Actor, Role},
    audit_log::{Action, Change, Entry},
    catalog::{Catalog, work::Work},
    error::ApiError,
    rfc3339,
};

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

/// What somebody is to be in a workspace.
pub struct Wanted<'w> {
    pub workspace_id: &'w WorkspaceId,
    pub role: Role,
    pub mask_money: bool,
}

/// Somebody, and where they are what.
#[derive(Clone)]
struct Known {
    user: User,
    memberships: Vec<Membership>,
}

impl Known {
    async fn of(catalog: &Catalog, user: User) -> Result<Self, ApiError> {
        let memberships = membership::of_user(catalog, &user._id).await?;
        Ok(Self { user, memberships })
    }

    /// By id or address.
    async fn find(catalog: &Catalog, who: &str) -> Result<Self, ApiError> {
        let found = match email::normalise(who) {
            Ok(address) => user::by_email(catalog, &address).await?,
            Err(_) => user::by_id(catalog, who).await?,
        };
        Self::of(catalog, found.ok_or(ApiError::NotFound)?).await
    }

    fn membership(&self, workspace: &WorkspaceId) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.workspace_id == *workspace)
    }

    /// As a workspace may know of them; `None`: as the installation does.
    fn account(&self, workspace: Option<&WorkspaceId>) -> Account {
        let Self { user, memberships } = self;
        let seen = memberships.iter().filter(|m| workspace.is_none_or(|id| m.workspace_id == *id));
        let place = |membership: &Membership| Place {
            mask_money: membership.masks_money(),
            workspace_id: membership.workspace_id.clone(),
            role: membership.role,
        };
        Account {
            id: user._id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            status: user.status,
            created_at: rfc3339::of(user.created_at),
            last_sign_in_at: user.last_sign_in_at.map(rfc3339::of),
            memberships: seen.map(place).collect(),
        }
    }
}

/// Work of the operator: what it changes, and what the audit log says of it.
struct Doing<'d> {
    catalog: &'d Catalog,
    actor: &'d Actor,
    what: &'d str,
    work: Work,
}

impl<'d> Doing<'d> {
    fn new(catalog: &'d Catalog, actor: &'d Actor, what: &'d str) -> Self {
        Self { catalog, actor, what, work: Work::default() }
    }

    /// An entry in the log of the workspace, or in the installation's.
    fn note(&mut self, workspace: Option<&WorkspaceId>, before: Option<&Known>, after: &Known) {
        let shown = |known: &Known| serde_json::to_value(known.account(workspace)).ok();
        let change = Change {
            action: Action::Done,
            resource: "users",
            id: after.user._id.clone(),
            name: after.user.email.clone(),
            what: Some(self.what.to_owned()),
            before: before.and_then(shown),
            after: shown(after),
        };
        self.work.record(Entry::new(self.actor, workspace.map(|id| &**id), change));
    }

    /// What concerns all workspaces is said in the log of each of theirs.
    fn note_everywhere(&mut self, before: &Known, after: &Known) {
        for membership in &after.memberships {
            self.note(Some(&membership.workspace_id), Some(before), after);
        }
        self.note(None, Some(before), after);
    }

    async fn finish(self, after: Known) -> Result<Account, ApiError> {
        noted::commit(self.catalog, &self.work).await?;
        Ok(after.account(None))
    }
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
    for user in users {
        accounts.push(Known::of(catalog, user).await?.account(None));
    }
    Ok(accounts)
}

pub async fn show(catalog: &Catalog, who: &str) -> Result<Account, ApiError> {
    Ok(Known::find(catalog, who).await?.account(None))
}

/// Lets in one who waits or was invited, as a member of the workspace; who is one already keeps their role.
pub async fn approve(
    catalog: &Catalog,
    actor: &Actor,
    who: &str,
    wanted: &Wanted<'_>,
) -> Result<Account, ApiError> {
    let Wanted { workspace_id, role, mask_money } = *wanted;
    ownership::check_mask(role, mask_money)?;
    ownership::exclusively(catalog, async {
        let before = Known::find(catalog, who).await?;
        let is_member = before.membership(workspace_id).is_some();
        match before.user.status {
            UserStatus::Disabled => return Err(conflict("the user is disabled: enable them")),
            UserStatus::Active if is_member => return Err(conflict("the user is active already")),
            _ => {}
        }
        let (mut doing, mut after) = (Doing::new(catalog, actor, "approved"), before.clone());
        if !is_member {
            after.memberships.push(doing.join(&before.user, wanted).await?);
        }
        if before.user.status != UserStatus::Active {
            after.user = before.user.turn(&mut doing.work, UserStatus::Active);
        }
        doing.note(Some(workspace_id), Some(&before), &after);
        doing.finish(after).await
    })
    .await
}

/// Makes the address a member of the workspace, known or not.
pub async fn invite(
    catalog: &Catalog,
    actor: &Actor,
    address: &str,
    wanted: &Wanted<'_>,
) -> Result<Account, ApiError> {
    let address = email::normalise(address).map_err(|error| ApiError::field("email", error.to_string()))?;
    ownership::check_mask(wanted.role, wanted.mask_money)?;
    ownership::exclusively(catalog, async {
        let mut doing = Doing::new(catalog, actor, "invited");
        let (before, mut after) = match user::by_email(catalog, &address).await? {
            Some(user) => {
                let known = Known::of(catalog, user).await?;
                (Some(known.clone()), known)
            }
            None => {
                let user = User::new(&address, UserStatus::Invited);
                user.add(&mut doing.work)?;
                (None, Known { user, memberships: Vec::new() })
            }
        };
        after.memberships.push(doing.join(&after.user, wanted).await?);
        if after.user.status == UserStatus::PendingApproval {
            after.user = after.user.turn(&mut doing.work, UserStatus::Active);
        }
        doing.note(Some(wanted.workspace_id), before.as_ref(), &after);
        doing.finish(after).await
    })
    .await
}

impl Doing<'_> {
    async fn join(&mut self, user: &User, wanted: &Wanted<'_>) -> Result<Membership, ApiError> {
        let as_what = (wanted.role, wanted.mask_money);
        ownership::join(self.catalog, &mut self.work, wanted.workspace_id, user, as_what).await
    }
}

/// Another role in the workspace, for one who is a member.
pub async fn change_role(
    catalog: &Catalog,
    actor: &Actor,
    who: &str,
    wanted: &Wanted<'_>,
) -> Result<Account, ApiError> {
    let Wanted { workspace_id, role, mask_money } = *wanted;
    ownership::check_mask(role, mask_money)?;
    ownership::exclusively(catalog, async {
        let before = Known::find(catalog, who).await?;
        let found = before.membership(workspace_id);
        let found = found.ok_or_else(|| conflict("they are no member of the workspace: invite them"))?;
        if role != Role::Owner {
            ownership::keep_one(catalog, found).await?;
        }
        let (mut doing, mut after) = (Doing::new(catalog, actor, "role changed"), before.clone());
        let changed = found.change(&mut doing.work, role, mask_money);
        after.memberships.retain(|membership| membership._id != changed._id);
        after.memberships.push(changed);
        doing.note(Some(workspace_id), Some(&before), &after);
        doing.finish(after).await
    })
    .await
}

/// Switches a user off in all workspaces, and ends their sessions.
pub async fn disable(catalog: &Catalog, actor: &Actor, who: &str) -> Result<Account, ApiError> {
    ownership::exclusively(catalog, async {
        let before = Known::find(catalog, who).await?;
        if before.user.status == UserStatus::Disabled {
            return Ok(before.account(None));
        }
        for membership in &before.memberships {
            ownership::keep_one(catalog, membership).await?;
        }
        let (mut doing, mut after) = (Doing::new(catalog, actor, "disabled"), before.clone());
        after.user = before.user.turn(&mut doing.work, UserStatus::Disabled);
        session::end_all(&mut doing.work, &before.user._id, None);
        doing.note_everywhere(&before, &after);
        doing.finish(after).await
    })
    .await
}

/// Switches a user on again; who was not let in before waits again.
pub async fn enable(catalog: &Catalog, actor: &Actor, who: &str) -> Result<Account, ApiError> {
    ownership::exclusively(catalog, async {
        let before = Known::find(catalog, who).await?;
        let status = match (before.user.status, before.user.approved_at) {
            (UserStatus::Disabled, Some(_)) => UserStatus::Active,
            (UserStatus::Disabled, None) if before.memberships.is_empty() => UserStatus::PendingApproval,
            (UserStatus::Disabled, None) => UserStatus::Invited,
            _ => return Ok(before.account(None)),
        };
        let (mut doing, mut after) = (Doing::new(catalog, actor, "enabled"), before.clone());
        after.user = before.user.turn(&mut doing.work, status);
        doing.note_everywhere(&before, &after);
        doing.finish(after).await
    })
    .await
}
