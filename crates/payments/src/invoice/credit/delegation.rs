//! Credits, the choice of credits that a payer makes, and what each credit pays.

use std::collections::BTreeMap;

use ledger::Rial;

use crate::{InvoiceField, PartyId, Text};

/// Number of a credit of its holder; older credits have smaller numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CreditId(pub i64);

/// A credit: its holder may spend the delegator's money, up to a limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credit {
    /// The credit's number.
    pub id: CreditId,
    /// The party from whose wallet it is spent.
    pub delegator: PartyId,
    /// The party that may spend it.
    pub holder: PartyId,
    /// The credit's name in calls.
    pub hash: Text,
    /// What is left of its limit, in rials.
    pub left: Rial,
}

/// The credits that a payer names, and whether only credit may pay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delegations {
    /// Delegators, in order of preference.
    pub delegators: Vec<PartyId>,
    /// Hashes of credits, in order of preference.
    pub hashes: Vec<Text>,
    /// Whether credit must pay the whole amount.
    pub forced: bool,
}

/// The part of a payment that one credit pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leg {
    /// The credit.
    pub credit: CreditId,
    /// The party whose wallet pays.
    pub delegator: PartyId,
    /// The amount, in rials; positive.
    pub amount: Rial,
}

impl Delegations {
    /// Whether no credit is to be spent.
    pub fn is_none(&self) -> bool {
        !self.forced && self.delegators.is_empty() && self.hashes.is_empty()
    }

    /// The list that names something other than a credit of the holder; `None`: neither does. Each hash must be that of a credit: of the delegator in
    /// the same place if both lists have the same length, else of any delegator listed. Each delegator must have given a credit.
    pub fn misnamed(&self, holder: PartyId, held: &[Credit]) -> Option<InvoiceField> {
        let (delegators, hashes) = (&self.delegators, &self.hashes);
        let any = |fits: &dyn Fn(&Credit) -> bool| held.iter().any(|credit| credit.holder == holder && fits(credit));
        let in_pairs = delegators.len() == hashes.len();
        let is_named = |(at, hash): (usize, &Text)| {
            any(&|credit| {
                let of_delegator = match delegators.get(at) {
                    Some(delegator) if in_pairs => credit.delegator == *delegator,
                    _ => delegators.is_empty() || delegators.contains(&credit.delegator),
                };
                credit.hash == *hash && of_delegator
            })
        };
        if !hashes.iter().enumerate().all(is_named) {
            return Some(InvoiceField::DelegationHash);
        }
        let has_given = |delegator: &PartyId| any(&|credit| credit.delegator == *delegator);
        (!delegators.iter().all(has_given)).then_some(InvoiceField::DelegatorId)
    }

    /// The credits to spend, in order and each once. `held` are the holder's credits by age; credits of other holders are skipped.
    ///
    /// Two lists of the same length are pairs. One list alone selects by itself. Lists of different lengths select by both, in the order of the
    /// hashes. Without a list no credit is spent, or every one if only credit may pay.
    pub fn candidates<'a>(&self, holder: PartyId, held: &'a [Credit]) -> Vec<&'a Credit> {
        let held = || held.iter().filter(move |credit| credit.holder == holder);
        let (delegators, hashes) = (&self.delegators, &self.hashes);
        let mut found: Vec<&Credit> = Vec::new();
        let mut take = |credit: &'a Credit| {
            if !found.iter().any(|known| known.id == credit.id) {
                found.push(credit);
            }
        };
        match (delegators.as_slice(), hashes.as_slice()) {
            ([], []) if self.forced => held().for_each(take),
            ([], []) => {}
            (delegators, []) => {
                for delegator in delegators {
                    held().filter(|credit| credit.delegator == *delegator).for_each(&mut take);
                }
            }
            ([], hashes) => {
                for hash in hashes {
                    held().filter(|credit| credit.hash == *hash).for_each(&mut take);
                }
            }
            (delegators, hashes) if delegators.len() == hashes.len() => {
                for (delegator, hash) in delegators.iter().zip(hashes) {
                    held().filter(|c| c.delegator == *delegator && c.hash == *hash).for_each(&mut take);
                }
            }
            (delegators, hashes) => {
                for hash in hashes {
                    held().filter(|c| c.hash == *hash && delegators.contains(&c.delegator)).for_each(&mut take);
                }
            }
        }
        found
    }
}

/// What each candidate pays of an amount, in order, and the rest that is left. `wallets`: the available funds of each delegator; a delegator that is
/// not in it pays nothing.
pub fn legs(candidates: &[&Credit], amount: Rial, mut wallets: BTreeMap<PartyId, Rial>) -> (Vec<Leg>, Rial) {
    let (mut rest, mut legs) = (amount, Vec::new());
    for credit in candidates {
        let Some(wallet) = wallets.get_mut(&credit.delegator) else { continue };
        let amount = rest.min(credit.left).min(*wallet);
        if let (true, Some(less), Some(less_rest)) =
            (amount.is_positive(), wallet.checked_sub(amount), rest.checked_sub(amount))
        {
            (*wallet, rest) = (less, less_rest);
            legs.push(Leg { credit: credit.id, delegator: credit.delegator, amount });
        }
    }
    (legs, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: PartyId = PartyId(201);

    fn credit((id, delegator, hash, left): (i64, i64, &str, i64)) -> Credit {
        Credit {
            id: CreditId(id),
            delegator: PartyId(delegator),
            holder: if id < 100 { SHOP } else { PartyId(202) },
            hash: hash.into(),
            left: Rial::new(left),
        }
    }

    fn held() -> Vec<Credit> {
        [(1, 103, "a", 500), (2, 104, "a", 300), (3, 103, "b", 200), (4, 104, "c", 50), (100, 103, "a", 999)]
            .map(credit)
            .into()
    }

    #[test]
    fn lists_of_delegators_and_hashes_name_credits_as_the_document_says() {
        // pod.md 3.0, delegation.
        for (delegators, hashes, forced, expected) in [
            (&[][..], &[][..], false, &[][..]),
            (&[], &[], true, &[1, 2, 3, 4]),
            (&[104, 103], &[], false, &[2, 4, 1, 3]),
            (&[], &["b", "a"], false, &[3, 1, 2]),
            // Pairs: the second pair names no credit.
            (&[104, 104, 103], &["c", "b", "a"], false, &[4, 1]),
            // Both lists filter, in the order of the hashes.
            (&[103], &["b", "a"], false, &[3, 1]),
            (&[103, 104, 105], &["a", "c"], true, &[1, 2, 4]),
            // Each credit once, even if it is named twice.
            (&[103, 103], &[], false, &[1, 3]),
            (&[105], &[], false, &[]),
        ] {
            let asked = Delegations {
                delegators: delegators.iter().copied().map(PartyId).collect(),
                hashes: hashes.iter().copied().map(Text::from).collect(),
                forced,
            };
            let held = held();
            let found: Vec<i64> = asked.candidates(SHOP, &held).iter().map(|credit| credit.id.0).collect();
            assert_eq!(found, expected, "{asked:?}");
            assert_eq!(asked.is_none(), delegators.is_empty() && hashes.is_empty() && !forced);
        }
    }

    #[test]
    fn a_leg_is_no_more_than_the_credit_the_wallet_and_what_is_still_to_pay() {
        let wallets = || [(103, 600), (104, 1_000)].map(|(id, has)| (PartyId(id), Rial::new(has))).into();
        let held = held();
        let all: Vec<&Credit> = held[..4].iter().collect();
        for (amount, expected) in [
            (400, &[(1, 400)][..]),
            (500, &[(1, 500)]),
            // The wallet of 103 has 100 left for its second credit.
            (10_000, &[(1, 500), (2, 300), (3, 100), (4, 50)]),
            (0, &[]),
        ] {
            let (found, rest) = legs(&all, Rial::new(amount), wallets());
            let found: Vec<(i64, i64)> = found.iter().map(|leg| (leg.credit.0, leg.amount.get())).collect();
            assert_eq!(found, expected, "{amount}");
            assert_eq!(rest.get() + found.iter().map(|(_, paid)| paid).sum::<i64>(), amount);
        }
        assert_eq!(legs(&all, Rial::new(5), BTreeMap::new()), (vec![], Rial::new(5)));
    }
}
