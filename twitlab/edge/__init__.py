"""In front of the app: gateway, limits, load balancer, CDN. Nothing stands here yet; the floor is kept for it."""
