//! The answers: one that is always the same, one that never is.
//!
//! Both keep to `truth.yaml` and have twelve properties in about 400 bytes. Chosen by the path alone.

use std::io::Write as _;

const BEFORE_ID: &str = "{\"id\":\"";
const AFTER_ID: &str = "\",\"sequence\":";
const AFTER_SEQUENCE: &str = ",\"at\":";
const REST: &str = ",\"status\":\"CONFIRMED\",\"currency\":\"EUR\",\"amount\":129.95,\
\"customer\":{\"name\":\"Ada Example\",\"country\":\"FR\"},\
\"lines\":[{\"sku\":\"SKU-0001\",\"quantity\":2},{\"sku\":\"SKU-0002\",\"quantity\":1}],\
\"createdAt\":\"2026-11-21T20:05:12.000Z\",\"express\":false,\"channel\":\"web\",\
\"note\":\"an answer of a known size, with as many properties as an order has\"}";

/// Prepared answers.
pub struct Bodies {
    fixed: Vec<u8>,
    fresh: Vec<u8>,
    made: u64,
}

impl Default for Bodies {
    fn default() -> Self {
        let mut fixed = Vec::new();
        answer(&mut fixed, 0);
        Self { fixed, fresh: Vec::with_capacity(1024), made: 0 }
    }
}

impl Bodies {
    /// The whole answer to a request for a path.
    pub fn answer(&mut self, path: &[u8]) -> &[u8] {
        if path == b"/fresh" {
            self.made += 1;
            self.fresh.clear();
            answer(&mut self.fresh, self.made);
            &self.fresh
        } else {
            &self.fixed
        }
    }
}

/// A body; two numbers never give the same one.
pub fn body(number: u64) -> String {
    // An odd factor is a bijection: ids look random and never repeat.
    let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let sequence = 1_000_000_000 + number % 1_000_000_000;
    let seconds = 1_764_417_600 + number / 1000 % 100_000_000;
    let thousandths = number % 1000;
    format!("{BEFORE_ID}{id:016x}{number:016x}{AFTER_ID}{sequence}{AFTER_SEQUENCE}{seconds}.{thousandths:03}{REST}")
}

fn answer(into: &mut Vec<u8>, number: u64) {
    let body = body(number);
    // Writing to memory cannot fail.
    let _ = write!(into, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}
