"""MQTT. In: notices, published steps, the site's status. Out: events (never retained), states and Home Assistant's
discovery (retained, all of them again at every connection).
"""
