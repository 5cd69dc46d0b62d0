//! The ledger's accounts of invoices (pod.md 3.0). Those of parties are named by whom and what they are for, so that a decision can name
//! them before it has seen a row.

use ledger::AccountId;

use crate::{LAST_PARTY, PartyId};

/// Where numbers of parties' accounts begin: far above those that are counted up to, and those of cycles.
const PARTY_ACCOUNTS: i64 = 2_000_000_000_000_000;
/// Accounts that a party can have.
const SLOTS: i64 = 10_000;

/// The largest number of a guild, for the same reason.
pub const LAST_GUILD: i64 = SLOTS / 2 - 1;

const WALLET: i64 = 0;
const BLOCKED: i64 = 1;

/// What the card network owes: paid by cards that are not hosted here, and not settled yet.
pub const CARD_NETWORK: AccountId = AccountId(3_002);
/// The operator's bank account that card payments are settled to, and wallets are filled from.
pub const CARD_NOSTRO: AccountId = AccountId(3_003);
/// Money taken on the gateway that its business has not verified.
pub const GATEWAY_HOLD: AccountId = AccountId(3_004);

fn slot(party: PartyId, slot: i64) -> AccountId {
    AccountId(PARTY_ACCOUNTS + party.0 * SLOTS + slot)
}

/// A party's wallet.
pub fn wallet(party: PartyId) -> AccountId {
    slot(party, WALLET)
}

/// Money of a party that is promised to somebody.
pub fn blocked(party: PartyId) -> AccountId {
    slot(party, BLOCKED)
}

/// What a business was paid in a guild and cannot withdraw yet.
pub fn guild_open(party: PartyId, guild: i64) -> AccountId {
    slot(party, 2 * guild)
}

/// What a business was paid in a guild and can withdraw.
pub fn guild_free(party: PartyId, guild: i64) -> AccountId {
    slot(party, 2 * guild + 1)
}

/// Whose account this is, if it is a party's.
pub fn party_of(account: AccountId) -> Option<PartyId> {
    let party = PartyId(account.0.checked_sub(PARTY_ACCOUNTS)? / SLOTS);
    (account.0 >= PARTY_ACCOUNTS && (1..=LAST_PARTY).contains(&party.0)).then_some(party)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NAMED_IDS;

    #[test]
    fn accounts_of_all_parties_and_guilds_have_numbers_of_their_own() {
        let mut all = Vec::new();
        for party in [1, 101, LAST_PARTY - 1, LAST_PARTY].map(PartyId) {
            all.extend([wallet(party), blocked(party)]);
            let own = [wallet(party), blocked(party), guild_open(party, 1), guild_free(party, LAST_GUILD)];
            assert!(own.iter().all(|account| party_of(*account) == Some(party)));
            all.extend([1, 2, LAST_GUILD].iter().flat_map(|g| [guild_open(party, *g), guild_free(party, *g)]));
        }
        assert_eq!([0, 3_002, i64::MIN, i64::MAX, PARTY_ACCOUNTS].map(|id| party_of(AccountId(id))), [None; 5]);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        // Beyond those of cycles, which have at most thirteen digits of their own.
        assert!(all.iter().all(|id| id.0 > NAMED_IDS + 9_999_999_999_999));
    }
}
