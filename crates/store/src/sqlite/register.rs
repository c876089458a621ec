//! The register on disk.

use super::Sqlite;
use super::rows::{Source, key, unavailable};
use super::writer::Work;
use crate::register::{Change, LinkRow, Register, TokenHash};
use crate::{Error, Pending};
use domain::access::Role;
use domain::ids::{LinkId, SessionId};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

impl Register for Sqlite {
    fn change(&self, change: Change) -> Pending<'_, ()> {
        Box::pin(self.write(Work::Register(change)))
    }

    fn links(&self, session: SessionId) -> Pending<'_, Vec<LinkRow>> {
        Box::pin(async move {
            let query = sqlx::query("SELECT * FROM link WHERE session = ? ORDER BY created, id").bind(key(session));
            let rows = query.fetch_all(&self.readers).await?;
            rows.iter().map(to_link).collect::<Result<_, _>>().map_err(unavailable)
        })
    }

    fn link(&self, token: TokenHash) -> Pending<'_, Option<LinkRow>> {
        Box::pin(async move {
            let query = sqlx::query("SELECT * FROM link WHERE token = ?").bind(token.to_vec());
            query.fetch_optional(&self.readers).await?.as_ref().map(to_link).transpose().map_err(unavailable)
        })
    }
}

fn to_link(row: &SqliteRow) -> Result<LinkRow, Source> {
    Ok(LinkRow {
        id: LinkId(uuid(row, "id")?),
        session: SessionId(uuid(row, "session")?),
        token: row.try_get::<&[u8], _>("token")?.try_into()?,
        role: role(row)?,
        note: row.try_get("note")?,
        created: row.try_get("created")?,
        expires: row.try_get("expires")?,
        revoked: row.try_get("revoked")?,
        opened: row.try_get("opened")?,
    })
}

fn uuid(row: &SqliteRow, column: &str) -> Result<Uuid, Source> {
    Ok(Uuid::from_slice(row.try_get(column)?)?)
}

fn role(row: &SqliteRow) -> Result<Role, Source> {
    let name: String = row.try_get("role")?;
    Role::named(&name).ok_or_else(|| format!("the register has a role `{name}`, which this build does not know").into())
}

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// Carries a change out, within the writer's transaction.
pub(super) async fn apply(connection: &mut SqliteConnection, change: &Change) -> Result<(), Error> {
    match change {
        Change::AddLink(link) => add_link(connection, link).await,
        Change::LinkOpened { id, at } => {
            let query = sqlx::query("UPDATE link SET opened = coalesce(opened, ?) WHERE id = ?");
            found("link", query.bind(*at).bind(bytes(id.0)).execute(connection).await?)
        }
        Change::RevokeLink { session, id, at } => {
            let query = sqlx::query("UPDATE link SET revoked = coalesce(revoked, ?) WHERE id = ? AND session = ?");
            found("link", query.bind(*at).bind(bytes(id.0)).bind(key(*session)).execute(connection).await?)
        }
    }
}

fn found(what: &'static str, outcome: sqlx::sqlite::SqliteQueryResult) -> Result<(), Error> {
    match outcome.rows_affected() {
        0 => Err(Error::Missing { what }),
        _ => Ok(()),
    }
}

async fn add_link(connection: &mut SqliteConnection, link: &LinkRow) -> Result<(), Error> {
    let sql = "INSERT INTO link (id, session, token, role, note, created, expires, revoked, opened)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(bytes(link.id.0))
        .bind(key(link.session))
        .bind(link.token.to_vec())
        .bind(link.role.name())
        .bind(&link.note)
        .bind(link.created)
        .bind(link.expires)
        .bind(link.revoked)
        .bind(link.opened)
        .execute(connection)
        .await?;
    Ok(())
}
