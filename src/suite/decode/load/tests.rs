//! Load plans, whole and broken, through the front door.
