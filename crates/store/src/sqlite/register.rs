//! The register on disk.

use super::Sqlite;
use super::rows::{Source, integer, key, unavailable};
use super::writer::Work;
use crate::register::{ApiKeyRow, AuditRow, Change, LinkRow, ModelRow, PersonRow, Register, SignInRow, TokenHash};
use crate::{Error, Pending};
use domain::access::Role;
use domain::ids::{ApiKeyId, LinkId, PersonId, SessionId};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteQueryResult, SqliteRow};
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

    fn people(&self) -> Pending<'_, Vec<PersonRow>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT * FROM person ORDER BY name, id").fetch_all(&self.readers).await?;
            rows.iter().map(to_person).collect::<Result<_, _>>().map_err(unavailable)
        })
    }

    fn sign_in(&self, token: TokenHash) -> Pending<'_, Option<SignInRow>> {
        Box::pin(async move {
            let query = sqlx::query("SELECT * FROM sign_in WHERE token = ?").bind(token.to_vec());
            query.fetch_optional(&self.readers).await?.as_ref().map(to_sign_in).transpose().map_err(unavailable)
        })
    }

    fn api_keys(&self) -> Pending<'_, Vec<ApiKeyRow>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT * FROM api_key ORDER BY created, id").fetch_all(&self.readers).await?;
            rows.iter().map(to_api_key).collect::<Result<_, _>>().map_err(unavailable)
        })
    }

    fn models(&self) -> Pending<'_, Vec<ModelRow>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT * FROM model ORDER BY name").fetch_all(&self.readers).await?;
            rows.iter().map(to_model).collect::<Result<_, _>>().map_err(unavailable)
        })
    }

    fn audit(&self, before: Option<u64>, most: u32) -> Pending<'_, Vec<AuditRow>> {
        Box::pin(async move {
            let query = sqlx::query("SELECT * FROM audit WHERE ?1 IS NULL OR n < ?1 ORDER BY n DESC LIMIT ?2");
            let rows = query.bind(before.map(integer)).bind(i64::from(most)).fetch_all(&self.readers).await?;
            rows.iter().map(to_audit).collect::<Result<_, _>>().map_err(unavailable)
        })
    }
}

fn to_person(row: &SqliteRow) -> Result<PersonRow, Source> {
    Ok(PersonRow {
        id: PersonId(uuid(row, "id")?),
        name: row.try_get("name")?,
        mail: row.try_get("mail")?,
        role: role(row)?,
        password: row.try_get("password")?,
        created: row.try_get("created")?,
    })
}

fn to_sign_in(row: &SqliteRow) -> Result<SignInRow, Source> {
    Ok(SignInRow {
        token: row.try_get::<&[u8], _>("token")?.try_into()?,
        person: PersonId(uuid(row, "person")?),
        expires: row.try_get("expires")?,
    })
}

fn to_api_key(row: &SqliteRow) -> Result<ApiKeyRow, Source> {
    Ok(ApiKeyRow {
        id: ApiKeyId(uuid(row, "id")?),
        token: row.try_get::<&[u8], _>("token")?.try_into()?,
        name: row.try_get("name")?,
        scopes: serde_json::from_str(row.try_get("scopes")?)?,
        created: row.try_get("created")?,
        expires: row.try_get("expires")?,
        revoked: row.try_get("revoked")?,
    })
}

fn to_model(row: &SqliteRow) -> Result<ModelRow, Source> {
    Ok(ModelRow { name: row.try_get("name")?, entry: row.try_get("entry")?, added: row.try_get("added")? })
}

fn to_audit(row: &SqliteRow) -> Result<AuditRow, Source> {
    let session: Option<&[u8]> = row.try_get("session")?;
    Ok(AuditRow {
        n: row.try_get::<i64, _>("n")?.try_into()?,
        at: row.try_get("at")?,
        actor: serde_json::from_str(row.try_get("actor")?)?,
        act: serde_json::from_str(row.try_get("act")?)?,
        session: session.map(Uuid::from_slice).transpose()?.map(SessionId),
        about: row.try_get("about")?,
    })
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
        Change::AddPerson(person) => add_person(connection, person).await,
        Change::ChangePerson(person) => {
            let query = sqlx::query("UPDATE person SET name = ?, role = ?, password = ? WHERE id = ?");
            let query = query.bind(&person.name).bind(person.role.name()).bind(&person.password);
            found("person", query.bind(bytes(person.id.0)).execute(connection).await?)
        }
        Change::RemovePerson(id) => {
            let query = sqlx::query("DELETE FROM person WHERE id = ?").bind(bytes(id.0));
            found("person", query.execute(connection).await?)
        }
        Change::SignIn { row: sign_in, now } => {
            sqlx::query("DELETE FROM sign_in WHERE expires <= ?").bind(now).execute(&mut *connection).await?;
            let query = sqlx::query("INSERT INTO sign_in (token, person, expires) VALUES (?, ?, ?)");
            let query = query.bind(sign_in.token.to_vec()).bind(bytes(sign_in.person.0)).bind(sign_in.expires);
            query.execute(connection).await?;
            Ok(())
        }
        Change::SignOut(token) => {
            sqlx::query("DELETE FROM sign_in WHERE token = ?").bind(token.to_vec()).execute(connection).await?;
            Ok(())
        }
        Change::SignOutAll { person, but } => {
            let query = sqlx::query("DELETE FROM sign_in WHERE person = ? AND token IS NOT ?");
            query.bind(bytes(person.0)).bind(but.map(|token| token.to_vec())).execute(connection).await?;
            Ok(())
        }
        Change::AddApiKey(key) => add_api_key(connection, key).await,
        Change::RevokeApiKey { id, at } => {
            let query = sqlx::query("UPDATE api_key SET revoked = coalesce(revoked, ?) WHERE id = ?");
            found("API key", query.bind(*at).bind(bytes(id.0)).execute(connection).await?)
        }
        Change::AddModel(model) => add_model(connection, model).await,
        Change::ChangeModel { name, entry } => {
            let query = sqlx::query("UPDATE model SET entry = ? WHERE name = ?").bind(entry).bind(name);
            found("model", query.execute(connection).await?)
        }
        Change::RemoveModel(name) => {
            let query = sqlx::query("DELETE FROM model WHERE name = ?").bind(name);
            found("model", query.execute(connection).await?)
        }
        Change::Note(entry) => note(connection, entry).await,
    }
}

fn found(what: &'static str, outcome: SqliteQueryResult) -> Result<(), Error> {
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

async fn add_person(connection: &mut SqliteConnection, person: &PersonRow) -> Result<(), Error> {
    let sql = "INSERT INTO person (id, name, mail, role, password, created) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (mail) DO NOTHING";
    let query = sqlx::query(sql)
        .bind(bytes(person.id.0))
        .bind(&person.name)
        .bind(&person.mail)
        .bind(person.role.name())
        .bind(&person.password)
        .bind(person.created);
    match query.execute(connection).await?.rows_affected() {
        0 => Err(Error::Taken { what: "person" }),
        _ => Ok(()),
    }
}

async fn add_api_key(connection: &mut SqliteConnection, key: &ApiKeyRow) -> Result<(), Error> {
    let sql = "INSERT INTO api_key (id, token, name, scopes, created, expires, revoked) VALUES (?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(bytes(key.id.0))
        .bind(key.token.to_vec())
        .bind(&key.name)
        .bind(json(&key.scopes)?)
        .bind(key.created)
        .bind(key.expires)
        .bind(key.revoked)
        .execute(connection)
        .await?;
    Ok(())
}

async fn add_model(connection: &mut SqliteConnection, model: &ModelRow) -> Result<(), Error> {
    let sql = "INSERT INTO model (name, entry, added) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING";
    let query = sqlx::query(sql).bind(&model.name).bind(&model.entry).bind(model.added);
    match query.execute(connection).await?.rows_affected() {
        0 => Err(Error::Taken { what: "model" }),
        _ => Ok(()),
    }
}

async fn note(connection: &mut SqliteConnection, entry: &AuditRow) -> Result<(), Error> {
    sqlx::query("INSERT INTO audit (at, actor, act, session, about) VALUES (?, ?, ?, ?, ?)")
        .bind(entry.at)
        .bind(json(&entry.actor)?)
        .bind(json(&entry.act)?)
        .bind(entry.session.map(key))
        .bind(&entry.about)
        .execute(connection)
        .await?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| unavailable(error.into()))
}
