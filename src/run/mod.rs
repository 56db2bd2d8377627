//! Executes functional plans: steps, captures, polling, awaiting callbacks.
//!
//! Only executes and hands exchanges to `check`. Holds no rule of judgement and no report format.
