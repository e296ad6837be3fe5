"""What the customers say: NPS, CSAT, VOC."""
