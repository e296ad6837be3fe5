"""One page per account, hundreds in one go: `portfolio-report accounts`."""
