//! States and kinds of rows in words.

use web::Words;

/// The word for the name of a state or kind; a name without a word is shown itself.
pub fn word(name: &'static str, w: &'static Words) -> &'static str {
    match name {
        "done" => w.status_done,
        "pending" => w.status_pending,
        "unknown" => w.status_unknown,
        "failed" => w.status_failed,
        "undecided" => w.list_state_undecided,
        "returned" => w.list_state_returned,
        "internal" => w.route_internal,
        "paya" => w.route_paya,
        "satna" => w.route_satna,
        "card" => w.route_card,
        "paid" => w.list_state_paid,
        "unpaid" => w.list_state_unpaid,
        "declined" => w.list_state_declined,
        "asked" => w.list_state_asked,
        "atNetwork" => w.invoice_at_network,
        "waiting" => w.invoice_waiting,
        "closed" => w.invoice_closed,
        "canceled" => w.invoice_canceled,
        "queued" => w.message_queued,
        "sent" => w.message_sent,
        "dead" => w.message_dead,
        "approved" => w.proposal_approved,
        "notTaken" => w.list_state_not_taken,
        "open" => w.proposal_open,
        "decided" => w.list_state_decided,
        "enabled" => w.list_state_enabled,
        "disabled" => w.list_state_disabled,
        "user" => w.user,
        "business" => w.business,
        "order" => w.order,
        "cardAttempt" => w.card_attempt,
        "message" => w.messages,
        "invoice" => w.invoice,
        "cycle" => w.cycle,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use store::{CARD_ATTEMPTS, INVOICES, JOBS, ORDERS, PARTIES, PHONE_ORDERS, PROPOSALS, SMS, WEBHOOKS};
    use web::Lang;

    use super::*;

    #[test]
    fn every_state_and_kind_has_a_word() {
        fn names<T: 'static>(list: &store::List<T>) -> Vec<&'static str> {
            list.states.iter().chain(list.kinds).map(|named| named.name).collect()
        }
        let all = [
            names(&ORDERS),
            names(&PHONE_ORDERS),
            names(&INVOICES),
            names(&SMS),
            names(&WEBHOOKS),
            names(&CARD_ATTEMPTS),
            names(&JOBS),
            names(&PROPOSALS),
            names(&PARTIES),
        ];
        for name in all.concat() {
            assert_ne!(word(name, Lang::Fa.words()), name, "no word for it");
        }
    }
}
