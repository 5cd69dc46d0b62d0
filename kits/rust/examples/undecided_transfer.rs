//! The network does not answer for a transfer. Its outcome is unknown until the network reports it, an hour later.

use daric_test_kit::{Daric, Error};
use serde_json::{Value, json};

fn call(daric: &Daric, token: &str, path: &str, body: Option<Value>) -> Result<Value, Error> {
    let url = format!("{}/oak/v2/clients/drops/{path}", daric.url());
    let bearer = format!("Bearer {token}");
    let mut reply = match body {
        Some(body) => ureq::post(&url).header("authorization", &bearer).send(body.to_string()),
        None => ureq::get(&url).header("authorization", &bearer).call(),
    }?;
    Ok(serde_json::from_str(&reply.body_mut().read_to_string()?).unwrap())
}

#[test]
fn a_transfer_without_an_answer_stays_unknown_until_the_network_reports_it() -> Result<(), Error> {
    let daric = Daric::start()?;
    daric.clock().set("2026-11-21T11:00:00+03:30")?;
    daric.faults().arm(&json!({"fault": "rail_timeout", "then": "failed", "after": "PT1H"}))?;
    let token = daric.token()?;
    let body = json!({"amount": 50_000, "description": "rent", "paymentNumber": "123456",
        "destinationNumber": "IR490620000000302876732005"});
    let sent = call(&daric, &token, "transferTo?trackId=rent-1", Some(body))?;
    assert_eq!(sent["status"], "UNKNOWN");
    for (moved, expected) in [("PT59M", "UNKNOWN"), ("PT1M", "FAILED")] {
        daric.clock().advance(moved)?;
        let path = format!("transferInquiry?trackId=ask-{moved}&inquiryTrackId=rent-1");
        let inquiry = call(&daric, &token, &path, None)?;
        assert_eq!(inquiry["result"]["transferStatus"], expected, "after {moved}");
    }
    Ok(())
}
