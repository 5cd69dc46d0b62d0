//! Creating a party, or changing its record.

use ledger::{Account, AccountId, AccountKind};

use crate::booking::ensure;
use crate::view::{Denial, FIRST_ID, Keys, View};
use crate::{
    At, AuditEntry, Business, CARD_NETWORK, CARD_NOSTRO, Command, GATEWAY_HOLD, Handle, OperatorCommand, Party,
    PartyId, PartyKind, SUSPENSE, Text, Versioned, blocked, guild_free, guild_open, wallet,
};

/// Why a party's record is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartyRefusal {
    /// A party of that number or handle exists.
    PartyExists,
    /// There is no such party, or a new party cannot be given that number.
    PartyUnknown,
    /// The change would alter the kind or the handle, or remove a guild.
    PartyNotChangeable,
}

/// Creates a party, or changes its record. Guilds can be added but not removed, because their accounts may have money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterParty {
    /// The record; number 0: the next free number.
    pub party: Party,
    /// Whether the party must exist already, or must not.
    pub replace: bool,
}

impl Command for RegisterParty {
    type Done = PartyId;
    type Refusal = PartyRefusal;
    const NAME: &'static str = "RegisterParty";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        let party = &self.party;
        keys.parties.push(party.id);
        keys.handles.push(Text::clone(&party.name));
        keys.accounts.extend([CARD_NETWORK, CARD_NOSTRO, GATEWAY_HOLD, SUSPENSE]);
        keys.accounts.extend(accounts(party).into_iter().map(|(id, _)| id));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<PartyId, Denial<PartyRefusal>> {
        let mut party = self.party.clone();
        let known = view.parties.get(&party.id).cloned();
        match (&known, self.replace) {
            (Some(_), false) => return Err(PartyRefusal::PartyExists.into()),
            (None, true) => return Err(PartyRefusal::PartyUnknown.into()),
            _ => {}
        }
        let named = view.handles.get(&party.name).map(|handle| handle.party);
        if named.is_some_and(|named| named != party.id) {
            return Err(PartyRefusal::PartyExists.into());
        }
        if let Some(known) = &known {
            let (was, is) = (known.business(), party.business());
            let kept = was.is_some() == is.is_some()
                && was.into_iter().flat_map(|b| &b.guilds).all(|guild| party.is_of_guild(*guild));
            if !kept || known.name != party.name {
                return Err(PartyRefusal::PartyNotChangeable.into());
            }
            party.joined_at_ms = known.joined_at_ms;
            let ends_log_ins = party.password != known.password || (party.disabled && !known.disabled);
            party.access_version = known.access_version.saturating_add(i64::from(ends_log_ins));
        } else {
            // Operators cannot choose numbers from the id sequence.
            party.id = match party.id.0 {
                0 => PartyId(view.ids.take()),
                1..FIRST_ID => party.id,
                _ => return Err(PartyRefusal::PartyUnknown.into()),
            };
            party.joined_at_ms = if party.joined_at_ms == 0 { now.at_ms } else { party.joined_at_ms };
        }
        if let PartyKind::Business(is) = &mut party.kind {
            is.take_secrets(
                known.as_ref().and_then(|known| known.business()).unwrap_or(&Business::default()),
                now.at_ms,
            );
        }
        for (id, kind) in [
            (CARD_NETWORK, AccountKind::Receivable),
            (CARD_NOSTRO, AccountKind::Nostro),
            (GATEWAY_HOLD, AccountKind::Clearing),
            (SUSPENSE, AccountKind::Suspense),
        ] {
            ensure(view, id, kind);
        }
        for (id, kind) in accounts(&party) {
            if view.books.account(id).is_none() {
                view.books.open_account(Account::open(id, kind));
            }
        }
        let handle = Handle { name: Text::clone(&party.name), party: party.id };
        view.handles.put(Text::clone(&party.name), handle);
        let id = party.id;
        view.parties.put(id, party);
        Ok(id)
    }
}

impl OperatorCommand for RegisterParty {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("party", &self.party.name, if self.party.disabled { "disabled" } else { "" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.parties.get(&self.party.id).map(|row| Versioned::Party(row))
    }
}

/// The ledger accounts of a party.
fn accounts(party: &Party) -> Vec<(AccountId, AccountKind)> {
    let mut accounts = vec![(wallet(party.id), AccountKind::Wallet), (blocked(party.id), AccountKind::Blocked)];
    for guild in party.business().into_iter().flat_map(|business| &business.guilds) {
        accounts.push((guild_open(party.id, *guild), AccountKind::GuildOpen));
        accounts.push((guild_free(party.id, *guild), AccountKind::GuildFree));
    }
    accounts
}
