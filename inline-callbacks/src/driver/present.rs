//! What a body is doing, for `inspect`.

use std::rc::Rc;

use super::{Body, is_polled_behind};
use crate::deferred::Waitable;
use crate::deferred::seen::Present;
use crate::describing::{About, State, What};
use crate::host::Pending;

impl<T: 'static> Body<T> {
    pub(super) fn about_itself(&self) -> About {
        let future = self.future.take();
        let function = future.as_ref().map(|future| future.function());
        self.future.set(future);
        About { function, ..About::at(What::Body, self.place.get()) }
    }

    pub(super) fn present_state(&self) -> Present {
        let behind = self.pending_behind();
        let mut waits = self.waits();
        waits.retain(|wait| !behind.iter().any(|other| Rc::ptr_eq(wait, other)));
        Present { state: self.state(), waits, behind, has_waker_out: self.keeps_itself() }
    }

    fn state(&self) -> State {
        let future = self.future.take();
        let is_running = future.is_none();
        self.future.set(future);
        match () {
            () if is_running => State::Running,
            () if self.has_fired_wait() => State::Due,
            () if self.is_woken() => State::Woken,
            () => State::Waiting,
        }
    }

    fn is_woken(&self) -> bool {
        let mut is_woken = false;
        self.with_rest(|rest| is_woken = rest.lent.as_ref().is_some_and(|lent| lent.is_woken()));
        is_woken
    }

    fn pending_behind(&self) -> Vec<Rc<dyn Waitable>> {
        let mut behind = Vec::new();
        self.with_rest(|rest| behind.extend(rest.behind.iter().filter(|wait| is_polled_behind(&***wait)).cloned()));
        behind
    }
}
