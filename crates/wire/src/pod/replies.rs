//! The reply envelope of every service (pod.md 1.5). The fields are in the order of a real reply.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::errors::Failure;

/// The envelope. `messageId` is always 0; `count` is 0 for every reply but a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply<'a, T> {
    has_error: bool,
    message_id: u8,
    #[serde(serialize_with = "in_digits")]
    reference_number: u64,
    error_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    count: u64,
    #[serde(serialize_with = "in_hexadecimal")]
    ott: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregations: Option<Aggregations>,
}

/// Sums over all rows of a list of invoices, in rials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PodAggregations)]
#[serde(rename_all = "camelCase")]
pub struct Aggregations {
    /// The sum of `payableAmount`.
    pub payable_amount_sum: i64,
    /// The sum of `delegationAmount`.
    pub delegation_amount_sum: i64,
    /// The sum of `totalAmount`.
    pub total_amount_sum: i64,
}

/// What every reply carries. Both are texts there, and are written as such into it.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The request's number.
    pub reference_number: u64,
    /// The new one-time token.
    pub ott: u64,
}

fn in_digits<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

fn in_hexadecimal<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{number:x}"))
}

impl<T> Reply<'_, T> {
    /// It went well; `None`: the service has no result.
    pub fn done(head: Head, result: Option<T>) -> Self {
        let Head { reference_number, ott } = head;
        Self {
            has_error: false,
            message_id: 0,
            reference_number,
            error_code: 0,
            message: None,
            count: 0,
            ott,
            result,
            aggregations: None,
        }
    }

    /// A page of a list that has `count` rows in all.
    pub fn list(head: Head, rows: T, count: u64, aggregations: Option<Aggregations>) -> Self {
        Self { count, aggregations, ..Self::done(head, Some(rows)) }
    }
}

impl<'a> Reply<'a, ()> {
    /// It failed.
    pub fn failed(head: Head, failure: &'a Failure) -> Self {
        Self { has_error: true, error_code: failure.code, message: Some(&failure.message), ..Self::done(head, None) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;
    use crate::pod::errors::NOT_AUTHENTICATED;

    const HEAD: Head = Head { reference_number: 17, ott: 0xa1 };

    fn text(reply: &impl Serialize) -> String {
        serde_json::to_string(reply).unwrap()
    }

    #[test]
    fn fields_come_in_the_order_of_the_document_and_are_absent_where_it_says_so() {
        // pod.md 9.1, 9.2, 9.4; 3.13 for lists.
        let nothing: Reply<'_, ()> = Reply::done(HEAD, None);
        assert_eq!(
            text(&nothing),
            r#"{"hasError":false,"messageId":0,"referenceNumber":"17","errorCode":0,"count":0,"ott":"a1"}"#
        );
        assert_eq!(
            text(&Reply::failed(HEAD, &NOT_AUTHENTICATED)),
            r#"{"hasError":true,"messageId":0,"referenceNumber":"17","errorCode":21,"message":"توکن کسبوکاری وارد نشده است","count":0,"ott":"a1"}"#
        );
        assert_eq!(
            text(&Reply::done(HEAD, Some(true))),
            r#"{"hasError":false,"messageId":0,"referenceNumber":"17","errorCode":0,"count":0,"ott":"a1","result":true}"#
        );
        let sums = Aggregations { payable_amount_sum: 3, delegation_amount_sum: 0, total_amount_sum: 2 };
        assert_eq!(
            text(&Reply::list(HEAD, [1], 9, Some(sums))),
            r#"{"hasError":false,"messageId":0,"referenceNumber":"17","errorCode":0,"count":9,"ott":"a1","result":[1],"aggregations":{"payableAmountSum":3,"delegationAmountSum":0,"totalAmountSum":2}}"#
        );
    }
}
