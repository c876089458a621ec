//! People with accounts: the first one, adding and changing them, signing in and out.

use crate::passes::hash;
use crate::{Engine, Error, Pass};
use domain::access::{Act, Actor, Role};
use domain::ids::PersonId;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::PoisonError;
use store::{Change, PersonRow, SignInRow, TokenHash};
use utoipa::ToSchema;

/// How long a sign-in holds: a week.
const SIGNED_IN_MS: i64 = 7 * 24 * 3_600_000;

/// Longest name and mail address, in characters.
const NAME_CHARS: usize = 100;

/// Somebody with an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// What they are called.
    pub name: String,
    /// With what they sign in.
    pub mail: String,
    /// What they are on this server.
    pub role: Role,
    /// When they were added, in Unix milliseconds.
    pub created: i64,
}

/// Somebody who gets an account.
pub struct NewPerson {
    /// What they are called.
    pub name: String,
    /// With what they sign in.
    pub mail: String,
    /// What they are on this server.
    pub role: Role,
    /// Their first password.
    pub password: String,
}

/// Somebody whom an identity provider vouches for.
pub struct Vouched {
    /// What they are called; empty: by their mail address.
    pub name: String,
    /// Their mail address, of which the provider says that it is theirs.
    pub mail: String,
}

/// What changes about a person; none: stays.
#[derive(Default)]
pub struct PersonChange {
    /// What they are called.
    pub name: Option<String>,
    /// What they are on this server.
    pub role: Option<Role>,
    /// A new password; it signs them out everywhere.
    pub password: Option<String>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        let PersonRow { id, name, mail, role, created, password: _ } = row;
        Self { id, name, mail, role, created }
    }
}

impl Engine {
    /// Gives the token of the first set-up while nobody has an account; a new one voids the last.
    pub async fn begin_set_up(&self) -> Result<Option<String>, Error> {
        if !self.parts().register.people().await?.is_empty() {
            return Ok(None);
        }
        let token = self.token();
        *self.set_up_token() = Some(hash(&token));
        Ok(Some(token))
    }

    /// Whether the first person is still to be set up with a token.
    pub fn awaits_set_up(&self) -> bool {
        self.set_up_token().is_some()
    }

    /// Makes the first admin, once, and signs them in.
    pub async fn set_up(&self, token: &str, mut first: NewPerson) -> Result<(Person, String), Error> {
        // Taken out while it is used: of two at once only one has it.
        let known = self.set_up_token().take_if(|known| *known == hash(token)).ok_or(Error::BadSetUp)?;
        first.role = Role::Admin;
        let made = match self.parts().register.people().await? {
            people if people.is_empty() => self.new_person(first).await,
            _ => return Err(Error::BadSetUp),
        };
        match made {
            Ok(person) => {
                self.note(Actor::Person(person.id), Act::PersonAdded, None, Some(person.id.to_string())).await?;
                let token = self.start_sign_in(person.id).await?;
                Ok((person, token))
            }
            Err(error) => {
                *self.set_up_token() = Some(known);
                Err(error)
            }
        }
    }

    fn set_up_token(&self) -> std::sync::MutexGuard<'_, Option<TokenHash>> {
        self.doorway().set_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everybody with an account, by name.
    pub async fn people(&self) -> Result<Vec<Person>, Error> {
        Ok(self.parts().register.people().await?.into_iter().map(Person::from).collect())
    }

    /// Adds somebody.
    pub async fn add_person(&self, by: &Pass, new: NewPerson) -> Result<Person, Error> {
        let person = self.new_person(new).await?;
        self.note(by.actor, Act::PersonAdded, None, Some(person.id.to_string())).await?;
        Ok(person)
    }

    async fn new_person(&self, new: NewPerson) -> Result<Person, Error> {
        let role = account_role(new.role)?;
        let row = PersonRow {
            id: PersonId(self.uuid()),
            name: short(new.name)?,
            mail: mail(&new.mail)?,
            role,
            password: self.doorway().passwords.hash(new.password, self.salt()).await?,
            created: self.parts().clock.wall(),
        };
        self.parts().register.change(Change::AddPerson(row.clone())).await?;
        Ok(row.into())
    }

    /// Changes somebody; the last admin stays one.
    pub async fn change_person(&self, by: &Pass, id: PersonId, change: PersonChange) -> Result<Person, Error> {
        let _one_at_a_time = self.doorway().people.lock().await;
        let mut row = self.person(id).await?;
        if let Some(role) = change.role {
            if account_role(role)? != Role::Admin {
                self.keep_an_admin(id).await?;
            }
            row.role = role;
        }
        if let Some(name) = change.name {
            row.name = short(name)?;
        }
        let renewed = change.password.is_some();
        if let Some(password) = change.password {
            row.password = self.doorway().passwords.hash(password, self.salt()).await?;
        }
        self.parts().register.change(Change::ChangePerson(row.clone())).await?;
        if renewed {
            self.parts().register.change(Change::SignOutAll { person: id, but: None }).await?;
        }
        self.tell_of_passes();
        self.note(by.actor, Act::PersonChanged, None, Some(id.to_string())).await?;
        Ok(row.into())
    }

    /// Removes somebody, and with them who they are; the last admin stays.
    pub async fn remove_person(&self, by: &Pass, id: PersonId) -> Result<(), Error> {
        let _one_at_a_time = self.doorway().people.lock().await;
        self.keep_an_admin(id).await?;
        self.parts().register.change(Change::RemovePerson(id)).await?;
        self.tell_of_passes();
        self.note(by.actor, Act::PersonRemoved, None, Some(id.to_string())).await
    }

    async fn keep_an_admin(&self, but: PersonId) -> Result<(), Error> {
        let people = self.parts().register.people().await?;
        let is_admin = |person: &&PersonRow| person.role == Role::Admin;
        let mut admins = people.iter().filter(is_admin);
        let needed = admins.clone().any(|person| person.id == but) && !admins.any(|person| person.id != but);
        if needed { Err(Error::LastAdmin) } else { Ok(()) }
    }

    /// Signs somebody in; gives the token of their cookie.
    pub async fn sign_in(&self, mail: &str, password: String, from: Option<IpAddr>) -> Result<(Person, String), Error> {
        let account = mail.trim().to_lowercase();
        let now = self.parts().clock.monotonic();
        self.throttle().attempt(&account, from, now).map_err(|wait| Error::TooManyTries { wait })?;
        let people = self.parts().register.people().await?;
        let person = people.into_iter().find(|person| person.mail == account);
        let hash = person.as_ref().map(|person| person.password.clone());
        let right = self.doorway().passwords.is_right(password, hash).await?;
        let person = person.filter(|_| right).ok_or(Error::WrongSignIn)?;
        self.throttle().right(&account, from);
        let token = self.start_sign_in(person.id).await?;
        self.note(Actor::Person(person.id), Act::SignedIn, None, None).await?;
        Ok((person.into(), token))
    }

    /// Signs somebody in whom an identity provider vouches for; gives the token of their cookie. Whoever has no account
    /// gets one with the role of `newcomers`, if that is said, once this server has an admin.
    pub async fn sign_in_vouched(&self, who: Vouched, newcomers: Option<Role>) -> Result<(Person, String), Error> {
        let account = mail(&who.mail)?;
        // Some letters beyond ASCII turn into plain ones in lower case: `K`, the sign of Kelvin, is no `k` of ours.
        if who.mail.trim().to_ascii_lowercase() != account {
            return Err(Error::UnknownMail);
        }
        let person = {
            let _one_at_a_time = self.doorway().people.lock().await;
            let people = self.parts().register.people().await?;
            // Whoever has the set-up link comes first: it opens nothing any more once somebody has an account.
            if people.is_empty() {
                return Err(Error::NoAdminYet);
            }
            match (people.into_iter().find(|person| person.mail == account), newcomers) {
                (Some(person), _) => person.into(),
                (None, Some(role)) if role.comes_unasked() => self.newcomer(who.name, account, role).await?,
                (None, _) => return Err(Error::UnknownMail),
            }
        };
        let token = self.start_sign_in(person.id).await?;
        self.note(Actor::Person(person.id), Act::SignedIn, None, None).await?;
        Ok((person, token))
    }

    /// Their password is one that nobody knows, until an admin gives them another.
    async fn newcomer(&self, name: String, mail: String, role: Role) -> Result<Person, Error> {
        let name = short(name).or_else(|_| short(mail.clone()))?;
        let person = self.new_person(NewPerson { name, mail, role, password: self.token() }).await?;
        self.note(Actor::Person(person.id), Act::PersonAdded, None, Some(person.id.to_string())).await?;
        Ok(person)
    }

    async fn start_sign_in(&self, person: PersonId) -> Result<String, Error> {
        let token = self.token();
        let now = self.parts().clock.wall();
        let row = SignInRow { token: hash(&token), person, expires: now + SIGNED_IN_MS };
        self.parts().register.change(Change::SignIn { row, now }).await?;
        Ok(token)
    }

    /// Ends the sign-in of a cookie; harmless when there is none.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        self.parts().register.change(Change::SignOut(hash(token))).await?;
        self.tell_of_passes();
        Ok(())
    }

    /// Who signed in with a cookie's token.
    pub async fn signed_in(&self, token: &str) -> Result<Option<(Person, Pass)>, Error> {
        let token = hash(token);
        let Some((person, _)) = self.sign_in_of(token).await? else { return Ok(None) };
        let pass = Pass { actor: Actor::Person(person.id), role: person.role, scopes: Vec::new(), token: Some(token) };
        Ok(Some((person.into(), pass)))
    }

    /// The person behind a sign-in that holds, and when it ends.
    pub(crate) async fn sign_in_of(&self, token: TokenHash) -> Result<Option<(PersonRow, i64)>, Error> {
        let now = self.parts().clock.wall();
        let found = self.parts().register.sign_in(token).await?.filter(|known| now < known.expires);
        let Some(sign_in) = found else { return Ok(None) };
        match self.person(sign_in.person).await {
            Ok(person) => Ok(Some((person, sign_in.expires))),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes one's own password; every other sign-in of the person ends.
    pub async fn change_password(
        &self,
        by: &Pass,
        old: String,
        new: String,
        from: Option<IpAddr>,
    ) -> Result<(), Error> {
        let (Actor::Person(id), Some(token)) = (by.actor, by.token) else { return Err(Error::WrongSignIn) };
        let person = self.person(id).await?;
        let now = self.parts().clock.monotonic();
        self.throttle().attempt(&person.mail, from, now).map_err(|wait| Error::TooManyTries { wait })?;
        if !self.doorway().passwords.is_right(old, Some(person.password.clone())).await? {
            return Err(Error::WrongSignIn);
        }
        self.throttle().right(&person.mail, from);
        let password = self.doorway().passwords.hash(new, self.salt()).await?;
        let register = &self.parts().register;
        let _one_at_a_time = self.doorway().people.lock().await;
        let row = PersonRow { password, ..self.person(id).await? };
        register.change(Change::ChangePerson(row)).await?;
        register.change(Change::SignOutAll { person: id, but: Some(token) }).await?;
        self.tell_of_passes();
        self.note(by.actor, Act::PersonChanged, None, Some(id.to_string())).await
    }

    async fn person(&self, id: PersonId) -> Result<PersonRow, Error> {
        let people = self.parts().register.people().await?;
        people.into_iter().find(|person| person.id == id).ok_or(Error::Missing { what: "person" })
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, crate::throttle::Throttle> {
        self.doorway().throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn salt(&self) -> [u8; 16] {
        self.uuid().into_bytes()
    }
}

fn account_role(role: Role) -> Result<Role, Error> {
    if role == Role::Candidate { Err(Error::NotByAccount) } else { Ok(role) }
}

fn short(name: String) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS { Err(Error::BadName) } else { Ok(name.to_owned()) }
}

/// A mail address as it is compared: only what tells it from a slip is checked.
fn mail(address: &str) -> Result<String, Error> {
    let address = address.trim().to_lowercase();
    let parts = address.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    let plain = address.chars().count() <= NAME_CHARS && !address.chars().any(char::is_whitespace);
    if parts.is_some() && plain { Ok(address) } else { Err(Error::BadMail) }
}
