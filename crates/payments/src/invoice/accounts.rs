//! The ledger accounts of invoices (pod.md 3.0). The number of a party's account follows from the party and the purpose, so that a decision can name
//! the account before any row is loaded.

use ledger::AccountId;

use crate::{LAST_PARTY, PartyId};

/// First number of the parties' accounts: far above the numbers that are counted up, and above those of cycles' accounts.
const PARTY_ACCOUNTS: i64 = 2_000_000_000_000_000;
/// Account numbers that are reserved for each party.
const SLOTS: i64 = 10_000;

/// Largest number of a guild: a party has two accounts in each guild.
pub const LAST_GUILD: i64 = SLOTS / 2 - 1;

const WALLET: i64 = 0;
const BLOCKED: i64 = 1;

/// What the card network owes: payments by cards that are not hosted here, until their settlement.
pub const CARD_NETWORK: AccountId = AccountId(3_002);
/// The operator's bank account that receives card settlements and from which wallets are filled.
pub const CARD_NOSTRO: AccountId = AccountId(3_003);
/// Money taken on the gateway that the business has not verified yet.
pub const GATEWAY_HOLD: AccountId = AccountId(3_004);

fn slot(party: PartyId, slot: i64) -> AccountId {
    AccountId(PARTY_ACCOUNTS + party.0 * SLOTS + slot)
}

/// Account of a party's wallet.
pub fn wallet(party: PartyId) -> AccountId {
    slot(party, WALLET)
}

/// Account of a party's money that is blocked for a future payment or a set-off.
pub fn blocked(party: PartyId) -> AccountId {
    slot(party, BLOCKED)
}

/// Account of what a business was paid in a guild and cannot withdraw yet.
pub fn guild_open(party: PartyId, guild: i64) -> AccountId {
    slot(party, 2 * guild)
}

/// Account of what a business was paid in a guild and can withdraw.
pub fn guild_free(party: PartyId, guild: i64) -> AccountId {
    slot(party, 2 * guild + 1)
}

/// The party whose account this is; `None`: it is no party's account.
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
        // Above those of cycles, which have at most thirteen digits after their own offset.
        assert!(all.iter().all(|id| id.0 > NAMED_IDS + 9_999_999_999_999));
    }
}
