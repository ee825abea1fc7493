"""What nestpay does: one public function, one use case, which owns its transactions."""
